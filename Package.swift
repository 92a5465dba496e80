// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "halflight",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Diffusion", targets: ["Diffusion"]),
    .library(name: "Pictures", targets: ["Pictures"]),
    .library(name: "Recipes", targets: ["Recipes"]),
    .library(name: "Models", targets: ["Models"]),
    .executable(name: "halflight", targets: ["halflight"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // System libraries, each behind one shim. They are where the compiler looks anyway; with pkgConfig, a machine
    // without pkg-config would be told to install what it already has.
    .systemLibrary(
      name: "COneDNN", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),
    .systemLibrary(
      name: "CPNG", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CJPEG",
      providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CWebP", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
    .systemLibrary(
      name: "CGIF", providers: [.apt(["libgif-dev"]), .brew(["giflib"])]),
    .systemLibrary(
      name: "CLZMA", providers: [.apt(["liblzma-dev"]), .brew(["xz"])]),
    .systemLibrary(
      name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
    .systemLibrary(
      name: "CNcurses", providers: [.apt(["libncursesw5-dev"]), .brew(["ncurses"])]),
    .systemLibrary(
      name: "CVTerm",
      providers: [.apt(["libvterm-dev"]), .brew(["libvterm"])]),
    .systemLibrary(name: "CRename"),
    .target(name: "CKernels"),
    // The headers of toml++: apt has them in libtomlplusplus-dev, brew in tomlplusplus.
    .target(name: "CTOML"),

    // Imports run one way: a target may import only targets above it.
    .target(name: "Diffusion"),
    .target(name: "Files", dependencies: ["CRename"]),
    .target(name: "BoundedCache"),
    .target(name: "Remote", dependencies: ["CCurl", "Files"]),
    .target(name: "TOML", dependencies: ["CTOML"]),
    .target(name: "Pictures", dependencies: ["Files", "CPNG", "CJPEG", "CWebP", "CGIF"]),
    .target(name: "Recipes", dependencies: ["Diffusion", "Files", "Pictures"]),
    .target(name: "WordGame"),
    .target(name: "TrainingData", dependencies: ["Files", "Pictures", "CLZMA"]),
    .target(name: "Cells", dependencies: ["Pictures"]),
    .target(name: "Tensors", dependencies: ["COneDNN", "CKernels"]),
    .target(name: "Checkpoints", dependencies: ["Files", "CKernels"]),
    .target(
      name: "Models",
      dependencies: [
        "Diffusion", "Files", "BoundedCache", "Remote", "Pictures", "Recipes", "Tensors",
        "Checkpoints",
      ],
      resources: [.copy("CLIPVocabulary"), .copy("TAESD")]),
    .target(name: "Benchmarks", dependencies: ["Tensors", "Checkpoints", "Models"]),
    .target(
      name: "Training",
      dependencies: ["Diffusion", "Files", "Tensors", "Checkpoints", "Models", "TrainingData"]),
    .target(
      name: "DefaultModel", dependencies: ["Files"], exclude: ["recipe"],
      resources: [.copy("model"), .copy("ideas.json")]),
    .target(name: "NameMap", dependencies: ["Files"], resources: [.copy("names.bin")]),
    .target(
      name: "ExamplePictures", dependencies: ["Files", "Pictures"],
      resources: [.copy("pictures")]),
    .target(
      name: "TaughtPictures", dependencies: ["Files", "Pictures"],
      resources: [.copy("pictures")]),
    .target(
      name: "Lesson",
      dependencies: [
        "Diffusion", "Pictures", "Tensors", "Checkpoints", "Models", "TrainingData", "Training",
        "DefaultModel",
      ]),
    .target(
      name: "Explorer",
      dependencies: ["Diffusion", "BoundedCache", "Pictures", "Recipes", "WordGame", "Cells"]),
    .target(
      name: "Session",
      dependencies: [
        "Diffusion", "Files", "BoundedCache", "Pictures", "Recipes", "Cells", "Tensors",
        "Checkpoints", "Models", "DefaultModel", "NameMap", "ExamplePictures", "TaughtPictures",
        "Lesson", "Explorer",
      ]),
    .target(name: "Terminal", dependencies: ["Pictures", "Cells", "CNcurses"]),
    .target(name: "CPseudoTerminal"),
    .target(name: "PseudoTerminal", dependencies: ["CPseudoTerminal"]),
    .executableTarget(
      name: "halflight",
      dependencies: [
        "Diffusion", "Files", "Remote", "Pictures", "Recipes", "Cells", "Tensors", "Checkpoints",
        "Models", "Benchmarks", "TrainingData", "Training", "DefaultModel", "Explorer", "Session",
        "Terminal", "TOML",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.copy("../../Themes")]),
    // Measures the interface as a user feels it: the real program in a pseudo-terminal.
    .executableTarget(
      name: "interface-bench",
      dependencies: [
        "PseudoTerminal", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/InterfaceBench"),

    .testTarget(
      name: "DiffusionTests", dependencies: ["Diffusion"], resources: [.copy("Fixtures")]),
    .testTarget(name: "FilesTests", dependencies: ["Files"]),
    .testTarget(name: "BoundedCacheTests", dependencies: ["BoundedCache"]),
    .testTarget(
      name: "RemoteTests",
      dependencies: [
        "Remote", "Models", "DefaultModel", "Checkpoints", "Diffusion", "Pictures", "Recipes",
        "Tensors", "Session", "Explorer",
      ],
      resources: [
        .copy("../ModelsTests/Fixtures/tiny-sd"), .copy("../ModelsTests/Fixtures/tiny-sdxl"),
      ]),
    .testTarget(name: "TOMLTests", dependencies: ["TOML"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "PicturesTests", dependencies: ["Pictures"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "RecipesTests", dependencies: ["Recipes", "Pictures", "Diffusion"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "WordGameTests", dependencies: ["WordGame"]),
    .testTarget(
      name: "TrainingDataTests", dependencies: ["TrainingData", "Pictures"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "CellsTests", dependencies: ["Cells", "Pictures"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Checkpoints", "Files"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ModelsTests",
      dependencies: [
        "Models", "DefaultModel", "Checkpoints", "Diffusion", "Pictures", "Recipes", "Tensors",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "NameMapTests", dependencies: ["NameMap", "Models", "DefaultModel"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "ExamplePicturesTests", dependencies: ["ExamplePictures"]),
    .testTarget(
      name: "TaughtPicturesTests", dependencies: ["TaughtPictures", "DefaultModel", "Pictures"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "TrainingData", "Models", "DefaultModel", "Checkpoints", "Diffusion", "Tensors",
      ]),
    .testTarget(
      name: "LessonTests", dependencies: ["Lesson", "Pictures", "Tensors", "TrainingData"]),
    .testTarget(
      name: "ExplorerTests",
      dependencies: ["Explorer", "Cells", "Diffusion", "Pictures", "Recipes", "WordGame"],
      resources: [.copy("Golden")]),
    .testTarget(
      name: "SessionTests",
      dependencies: [
        "Session", "Explorer", "Models", "DefaultModel", "Checkpoints", "Cells", "Diffusion",
        "Files",
        "Pictures", "Recipes", "Tensors",
      ],
      resources: [.copy("../ModelsTests/Fixtures/tiny-sd")]),
    .testTarget(name: "TerminalTests", dependencies: ["Terminal", "Cells", "Pictures"]),
    // Run by libFuzzer in Tests/Fuzz/run.sh, over its corpus.
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "halflight", "Files", "Remote", "Checkpoints", "Models", "Pictures", "Recipes", "Explorer",
        "Session", "Terminal", "TOML",
      ],
      path: "Tests/Fuzz", exclude: ["Entry.swift", "run.sh"], resources: [.copy("corpus")]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "halflight", "Diffusion", "Files", "Remote", "Pictures", "Recipes", "Cells", "Models",
        "Training", "Explorer", "Terminal",
      ]),
    .testTarget(
      name: "ScreenTests",
      dependencies: ["halflight", "PseudoTerminal", "CVTerm", "Pictures", "Recipes"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11,
  cxxLanguageStandard: .cxx17
)
