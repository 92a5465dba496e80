#!/bin/sh
# Fuzzes a reader of other people's bytes with libFuzzer: Tests/Fuzz/run.sh HARNESS [SECONDS], from the top of the
# package. HARNESS is the name of a folder in Tests/Fuzz/corpus, such as Pictures.
#
# Swift is built with the address sanitizer, C and C++ with the sanitizers for addresses and undefined behaviour. All
# output goes to .build/fuzz. An input that fails is written there as HARNESS-crash-*: fix the code, then move the input
# into the corpus under a name that describes it, and FuzzTests will replay it.
set -eu
harness=${1:-}
seconds=${2:-3600}
if [ ! -d "Tests/Fuzz/corpus/${harness:-.none}" ] || [ ! -f "Tests/Fuzz/$harness.swift" ]; then
  echo "usage: Tests/Fuzz/run.sh HARNESS [SECONDS]; the harnesses are" $(ls Tests/Fuzz/corpus) >&2
  exit 2
fi

out=.build/fuzz
mkdir -p "$out/corpus/$harness" "$out/maps/CTOML"
fixtures() { # FILES: more seeds for the fuzzer, from the other tests
  for file in "$@"; do
    if [ -f "$file" ]; then cp "$file" "$out/corpus/$harness/fixture-$(basename "$file")"; fi
  done
}
weights="CKernels Files Checkpoints"
models="CKernels Diffusion Files BoundedCache Remote Pictures Recipes Tensors Checkpoints Models"
session="$models WordGame Cells DefaultModel NameMap ExamplePictures TaughtPictures TrainingData Training Lesson Explorer
  Session"
longest=40000
tests=Tests
case $harness in
  Adapters)
    modules=$weights
    fixtures $tests/ModelsTests/Fixtures/lora/* $tests/ModelsTests/Fixtures/lycoris/* $tests/ModelsTests/Fixtures/words/* ;;
  Checkpoints | Safetensors)
    modules=$weights
    fixtures $tests/CheckpointsTests/Fixtures/*.safetensors ;;
  GGUF)
    modules=$weights
    fixtures $tests/CheckpointsTests/Fixtures/gguf/*.gguf ;;
  Configurations)
    modules=$weights longest=4096
    fixtures $tests/ModelsTests/Fixtures/tiny-sd/*/*config.json ;;
  Tokenizers)
    modules=$models
    fixtures $tests/ModelsTests/Fixtures/tokenizers/*.json ;;
  Prompts)
    modules=$models longest=2048 ;;
  Pictures)
    modules="Files Pictures"
    fixtures $tests/PicturesTests/Fixtures/* $tests/RecipesTests/Fixtures/cases/*.* ;;
  Preferences)
    modules="CTOML TOML $session Terminal halflight" longest=4096
    fixtures Themes/*.toml ;;
  Remote) modules="Files Remote" longest=4096 ;;
  Settings) modules="Diffusion Files Pictures Recipes" longest=4096 ;;
  StateFiles) modules=$session longest=4096 ;;
  TOML)
    modules="CTOML TOML" longest=4096
    fixtures Themes/*.toml $tests/TOMLTests/Fixtures/*.toml ;;
  TerminalInput) modules="Files Pictures Cells Terminal" longest=2048 ;;
  *)
    echo "Tests/Fuzz/run.sh does not know which modules $harness needs" >&2
    exit 2 ;;
esac

flags="-O -wmo -swift-version 6 -parse-as-library -package-name halflight -sanitize=fuzzer,address
  -module-cache-path $out/cache -I $out -I $out/maps/CTOML -I Sources/CKernels/include"
for library in CRename CPNG CJPEG CWebP CGIF CLZMA CCurl CNcurses COneDNN; do flags="$flags -I Sources/$library"; done
# The package manager makes this one itself.
echo "module CTOML { header \"$PWD/Sources/CTOML/include/CTOML.h\" export * }" >"$out/maps/CTOML/module.modulemap"
checked="-O2 -g -w -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=vptr -fno-sanitize-recover=undefined"

objects=
libraries=
isOld() { # OBJECT FOLDER: whether an object is older than its sources or than a module that was built before it
  [ ! -f "$1" ] || [ -n "$(find "$2" $objects -newer "$1")" ]
}
module() { # NAME: the sources of one target as object files and a module
  case $1 in
    CKernels | CTOML)
      mkdir -p "$out/$1"
      made=
      for source in Sources/$1/*.c Sources/$1/*.cpp; do
        [ -f "$source" ] || continue
        object="$out/$1/$(basename "$source").o"
        made="$made $object"
        isOld "$object" "Sources/$1" || continue
        case $source in
          *.c) clang -std=gnu11 $checked -I "Sources/$1/include" -c "$source" -o "$object" ;;
          *) clang++ -std=c++17 $checked -I "Sources/$1/include" -c "$source" -o "$object" ;;
        esac
      done
      objects="$objects $made"
      case $1 in
        CKernels) libraries="$libraries -Xlinker $(gcc -print-file-name=libgomp.so)" ;;
        CTOML) libraries="$libraries -lstdc++" ;;
      esac ;;
    *)
      case $1 in
        halflight) sources=Sources/halflight/Settings ;;  # The readers only, without the commands.
        *) sources=Sources/$1 ;;
      esac
      if isOld "$out/$1.o" "$sources"; then
        swiftc $flags -enable-testing -module-name "$1" -emit-module -emit-module-path "$out/$1.swiftmodule" \
          -c -o "$out/$1.o" $(find "$sources" -name '*.swift')
      fi
      objects="$objects $out/$1.o" ;;
  esac
}
for name in $modules; do module "$name"; done

echo "let harness: @Sendable ([UInt8]) throws -> Void = read$harness" >"$out/Chosen.swift"
swiftc $flags -module-name Fuzz -o "$out/fuzz-$harness" "$out/Chosen.swift" Tests/Fuzz/Entry.swift \
  Tests/Fuzz/Harness.swift "Tests/Fuzz/$harness.swift" $objects $libraries

# Swift never frees its globals, which would count as leaks. The largest picture takes 256 MiB.
export ASAN_OPTIONS=detect_leaks=0
exec "$out/fuzz-$harness" -max_total_time="$seconds" -max_len="$longest" \
  -timeout=60 -rss_limit_mb=6144 -malloc_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$out/$harness-" \
  "$out/corpus/$harness" "Tests/Fuzz/corpus/$harness"
