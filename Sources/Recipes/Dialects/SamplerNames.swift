import Diffusion

/// The names of samplers and schedules in AUTOMATIC1111, ComfyUI, diffusers, stable-diffusion.cpp and others.
public enum SamplerNames {
  /// The sampler with this name, ignoring case, spaces and underscores; `nil` if it is not one of ours.
  public static func sampler(_ name: String) -> SamplerKind? {
    let key = key(name)
    return SamplerKind.allCases.first { self.key($0.rawValue) == key } ?? others[key]
  }

  /// The schedule with this name, ignoring case, spaces and underscores; `nil` if it is not one of ours.
  public static func spacing(_ name: String) -> Spacing? {
    let key = key(name)
    return Spacing.allCases.first { self.key($0.rawValue) == key } ?? otherSpacings[key]
  }

  /// AUTOMATIC1111's, stable-diffusion.cpp's and NovelAI's names.
  private static let otherSpacings: [String: Spacing] = [
    "uniform": .normal, "discrete": .normal, "default": .normal, "native": .normal,
    "alignyoursteps": .alignYourSteps,
  ]

  /// The sampler and the schedule of a name that may contain both, such as `DPM++ 2M Karras`.
  static func parted(_ name: String) -> (name: String, sampler: SamplerKind?, spacing: Spacing?) {
    if let sampler = sampler(name) { return (name, sampler, nil) }
    let isSeparator = { (character: Character) in character == " " || character == "_" }
    let words = name.split(whereSeparator: isSeparator)
    guard words.count > 1, let last = words.last,
      let spacing = endings[last.lowercased()],
      let end = name.lastIndex(where: isSeparator)
    else { return (name, nil, nil) }
    let first = String(name[..<end])
    return (first, sampler(first), spacing)
  }

  /// Schedule suffixes of sampler names; `k` is InvokeAI's.
  private static let endings: [String: Spacing] = [
    "karras": .karras, "exponential": .exponential, "trailing": .trailing, "k": .karras,
  ]

  /// Letters and digits in lower case; `++` and `pp` are equivalent.
  private static func key(_ name: String) -> String {
    let plain = name.lowercased().replacing("++", with: "pp")
    let key = plain.filter { $0.isLetter || $0.isNumber }
    // NovelAI and older programs put a k before the names of k-diffusion's samplers.
    return plain.hasPrefix("k_") ? String(key.dropFirst()) : key
  }

  private static let others: [String: SamplerKind] = [
    "eulerancestral": .eulerAncestral, "eulerdiscretescheduler": .euler,
    "eulerancestraldiscretescheduler": .eulerAncestral, "heundiscretescheduler": .heun,
    "dpmsolvermultistepscheduler": .dpmPlusPlus2M, "dpmpp2msdegpu": .dpmPlusPlus2MSDE,
    "dpmpp3msdegpu": .dpmPlusPlus3MSDE, "dpmppsdegpu": .dpmPlusPlusSDE,
    "unipcmultistepscheduler": .uniPC, "kdpm2discretescheduler": .dpm2,
    "dpm2ancestral": .dpm2Ancestral, "kdpm2ancestraldiscretescheduler": .dpm2Ancestral,
    "ddimtrailing": .ddim, "ddimscheduler": .ddim, "lcmscheduler": .lcm, "ddpmscheduler": .ddpm,
    "eulerancestralcfgpp": .eulerAncestralCFGPlusPlus,
    "dpmpp2sancestralcfgpp": .dpmPlusPlus2SAncestralCFGPlusPlus,
  ]

  // MARK: Nearest

  /// The sampler most similar to one that this program lacks, by its method if known, otherwise by its name.
  static func nearestSampler(to name: String) -> SamplerKind {
    let key = key(parted(name).name)
    let relatives: [(part: String, kind: SamplerKind)] = [
      // CFG++ uses a small guidance scale, at which the other samplers would hardly be guided.
      ("acfgpp", .eulerAncestralCFGPlusPlus), ("ancestralcfgpp", .eulerAncestralCFGPlusPlus),
      ("sdecfgpp", .eulerAncestralCFGPlusPlus), ("multistepcfgpp", .dpmPlusPlus2MCFGPlusPlus),
      ("dpmpp2mcfgpp", .dpmPlusPlus2MCFGPlusPlus), ("cfgpp", .eulerCFGPlusPlus),
      ("2sa", .dpm2Ancestral), ("2sancestral", .dpm2Ancestral), ("dpm2a", .dpm2Ancestral),
      ("3msde", .dpmPlusPlus3MSDE), ("2msde", .dpmPlusPlus2MSDE), ("sde", .dpmPlusPlusSDE),
      ("restart", .heun), ("heun", .heun), ("dpm2", .dpm2), ("lcm", .lcm), ("tcd", .lcm),
      ("turbo", .lcm), ("ddim", .ddim), ("plms", .ddim), ("ddpm", .ddpm), ("unipc", .uniPC),
      ("dpm", .dpmPlusPlus2M), ("deis", .dpmPlusPlus2M), ("ipndm", .dpmPlusPlus2M),
      ("lms", .dpmPlusPlus2M), ("resmultistep", .dpmPlusPlus2M), ("eulera", .eulerAncestral),
      ("ancestral", .eulerAncestral), ("euler", .euler),
    ]
    if let relative = relatives.first(where: { key.contains($0.part) }) { return relative.kind }
    return nearest(to: key, of: SamplerKind.allCases) ?? .euler
  }

  /// The schedule most similar to one that this program lacks.
  static func nearestSpacing(to name: String) -> Spacing {
    let key = key(name)
    let relatives: [(part: String, spacing: Spacing)] = [
      ("sgm", .sgmUniform), ("ddimuniform", .leading), ("ddim", .leading), ("karras", .karras),
      ("exponential", .exponential), ("ays", .alignYourSteps),
      ("alignyoursteps", .alignYourSteps), ("gits", .alignYourSteps),
      ("kloptimal", .alignYourSteps), ("turbo", .trailing), ("simple", .simple), ("beta", .beta),
      ("linear", .normal), ("uniform", .normal), ("normal", .normal),
    ]
    if let relative = relatives.first(where: { key.contains($0.part) }) { return relative.spacing }
    return nearest(to: key, of: Spacing.allCases) ?? .normal
  }

  private static func nearest<Name: RawRepresentable<String>>(
    to key: String, of names: [Name]
  ) -> Name? {
    names.min { distance(key, self.key($0.rawValue)) < distance(key, self.key($1.rawValue)) }
  }

  /// The number of letters to insert, delete or replace (Levenshtein 1966); for long names, only the beginning counts.
  private static func distance(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first.utf8.prefix(64)), Array(second.utf8.prefix(64)))
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let replaced = diagonal + (letter == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }
}
