import Pictures

/// What a view shows, without the layout: a sentence, rows of pictures, curves and numbers.
struct ViewContents: Sendable {
  /// A picture and its captions.
  struct Panel: Sendable {
    /// The picture; `nil` while it is being computed.
    var picture: Picture?
    /// The caption in plain words.
    var caption: String
    /// A shorter caption for narrow places; empty if there is none.
    var brief = ""
    /// The caption in the terms of the field.
    var symbol = ""
    /// A number or a remark about the picture, shown below it.
    var detail = ""
    /// Whether the detail may be cut if it does not fit; a number without its last digits would be a different number.
    var canBeCut = false
    /// Whether it is selected.
    var isChosen = false
  }

  /// Values over the steps, as bars.
  struct Curve: Sendable {
    var label: String
    /// A value for each step; `nil` if there is none yet.
    var values: [Double?]
    /// The current step.
    var marked: Int?
    /// The value of the tallest bar; `nil` for the largest value.
    var most: Double?
    /// The labels of the two ends.
    var ends = ("", "")
  }

  /// A sentence about what can be seen.
  var sentence: String
  /// Whether the sentence reports progress and so must stay when other sentences are left out.
  var isProgress = false
  /// Pictures, by row.
  var rows: [[Panel]] = []
  var curves: [Curve] = []
  /// Explanations of the numbers, each starting on its own line, as sentences or with semicolons before parts that may
  /// be left out.
  var facts: [String] = []

  /// Only a sentence.
  init(_ sentence: String) { self.sentence = sentence }
}
