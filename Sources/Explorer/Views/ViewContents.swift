import Pictures

/// What a view shows, apart from how: a sentence, pictures in rows, curves and figures.
struct ViewContents: Sendable {
  /// A picture and what is said of it.
  struct Panel: Sendable {
    /// The picture; `nil` while it is being computed.
    var picture: Picture?
    /// In plain words.
    var caption: String
    /// The same in fewer words, for a narrow place; empty where there are none.
    var brief = ""
    /// In the field's.
    var symbol = ""
    /// A figure, or what is said of the picture, below it.
    var detail = ""
    /// Whether the detail may lose its end where there is no room for it: a number without its last digits would be another
    /// number.
    var canBeCut = false
    /// Whether it is the one chosen.
    var isChosen = false
  }

  /// Values over the steps, as bars.
  struct Curve: Sendable {
    var label: String
    /// A value for each place; `nil` where there is none yet.
    var values: [Double?]
    /// The place that is looked at.
    var marked: Int?
    /// What the highest bar stands for; `nil` for the largest value.
    var most: Double?
    /// What the two ends are called.
    var ends = ("", "")
  }

  /// What one sees, in a sentence.
  var sentence: String
  /// Whether the sentence tells how far something is, and is wanted where others can be left out.
  var isProgress = false
  /// Pictures, row by row.
  var rows: [[Panel]] = []
  var curves: [Curve] = []
  /// What the figures say, each to begin a line of its own, in sentences or with semicolons between what may be left out.
  var facts: [String] = []

  /// Nothing but a sentence.
  init(_ sentence: String) { self.sentence = sentence }
}
