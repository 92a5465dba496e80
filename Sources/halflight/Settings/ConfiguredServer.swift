/// The server that the configuration file names.
struct ConfiguredServer {
  /// Its address.
  var address: String?
  /// The model's name there.
  var model: String?
  /// The file with the access token.
  var tokenFile: String?
  /// The file of certificate authorities.
  var authorities: String?
}
