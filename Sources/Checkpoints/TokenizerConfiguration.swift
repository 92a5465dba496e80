#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The settings of a BERT tokenizer, from transformers' `tokenizer_config.json`.
///
/// Only lower-case models are supported. Other settings must be detected, because the wrong tokens give a wrong picture
/// without any error.
struct TokenizerConfiguration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case tokenizerClass = "tokenizer_class"
    case lowerCase = "do_lower_case"
    case stripAccents = "strip_accents"
    case chinese = "tokenize_chinese_chars"
  }

  init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    try values.require(.tokenizerClass, "BertTokenizer", or: "BertTokenizerFast")
    for key in [CodingKeys.lowerCase, .stripAccents, .chinese] {
      guard try values.value(key, default: true) else {
        throw ConfigurationProblem.unsupported(key.rawValue, supported: "true", found: "false")
      }
    }
  }
}
