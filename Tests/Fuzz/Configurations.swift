import Checkpoints
import Foundation

/// The JSON that configures the parts of a model.
func readConfigurations(_ bytes: [UInt8]) throws {
  let data = Data(bytes)
  try mayRefuse(with: CheckpointError.self) {
    _ = try UNetConfiguration(json: data, name: "config.json")
  }
  try mayRefuse(with: CheckpointError.self) {
    _ = try AutoencoderConfiguration(json: data, name: "config.json")
  }
  try mayRefuse(with: CheckpointError.self) {
    _ = try CLIPTextConfiguration(json: data, name: "config.json")
  }
  try mayRefuse(with: CheckpointError.self) {
    _ = try TextEncoderConfiguration(json: data, name: "config.json")
  }
  try mayRefuse(with: CheckpointError.self) {
    _ = try T5Configuration(json: data, name: "config.json")
  }
  try mayRefuse(with: CheckpointError.self) {
    _ = try MMJiTConfiguration(json: data, name: "config.json")
  }
  try mayRefuse(with: CheckpointError.self) {
    _ = try SchedulerConfiguration(json: data, name: "scheduler_config.json")
  }
}
