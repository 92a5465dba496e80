#!/bin/sh
# Fuzzes the reading of checkpoints with libFuzzer: Tests/Fuzz/run.sh [SECONDS], from the top of the package.
# Everything it makes lies below .build/fuzz; an input that traps is left there as crash-*.
set -eu
seconds=${1:-3600}
out=.build/fuzz
mkdir -p "$out/corpus"
cp Tests/CheckpointsTests/Fixtures/gguf/*.gguf Tests/CheckpointsTests/Fixtures/*.safetensors \
  Tests/ModelsTests/Fixtures/lora/*.safetensors Tests/ModelsTests/Fixtures/lycoris/*.safetensors \
  Tests/ModelsTests/Fixtures/words/*.safetensors "$out/corpus"
flags="-O -wmo -swift-version 6 -parse-as-library -sanitize=fuzzer -module-cache-path $out/cache -I $out"
module() { # NAME: the sources of one target as an object file and a module
  swiftc $flags -package-name halflight -module-name "$1" -emit-module \
    -emit-module-path "$out/$1.swiftmodule" -c -o "$out/$1.o" $(find "Sources/$1" -name '*.swift')
}
# The kernels in C, on which some of the reading rests.
mkdir -p "$out/CKernels"
for source in Sources/CKernels/*.c; do
  clang -O2 -w -ISources/CKernels/include -c "$source" -o "$out/CKernels/$(basename "$source" .c).o"
done
flags="$flags -I Sources/CKernels/include"
module Files
module Checkpoints
swiftc $flags -o "$out/fuzz" Tests/Fuzz/Fuzz.swift "$out/Checkpoints.o" "$out/Files.o" "$out"/CKernels/*.o \
  -Xlinker "$(gcc -print-file-name=libgomp.so)"
exec "$out/fuzz" -max_total_time="$seconds" -max_len=40000 -artifact_prefix="$out/" "$out/corpus"
