#include "CKernels.h"
#include "parallel.h"
#include "scalar.h"

// From one block up to another, not including it.
FOR_EACH_PROCESSOR static void to_blocks(const hl_blocks *b, int64_t from, int64_t to) {
  for (int64_t block = from; block < to; block++) {
    int64_t first = block * HL_BLOCK, count = b->count - first < HL_BLOCK ? b->count - first : HL_BLOCK;
    float x[HL_BLOCK] = {0}, most = 0;
    for (int64_t i = 0; i < count; i++)
      x[i] = b->is_bf16 ? load_bf16((const uint16_t *)b->numbers + first + i) : ((const float *)b->numbers)[first + i];
    for (int64_t i = 0; i < HL_BLOCK; i++) {
      float size = x[i] < 0 ? -x[i] : x[i];
      most = size > most ? size : most;
    }
    // Rounded up, so that the largest number is within range.
    float scale = most / 127;
    uint32_t bits;
    memcpy(&bits, &scale, 4);
    b->scales[block] = (uint16_t)((bits + 0xffffu) >> 16);
    scale = load_bf16(b->scales + block);
    float inverse = scale > 0 ? 1 / scale : 0;
    for (int64_t i = 0; i < count; i++) {
      // NaN has no integer part, and neither has a number divided by a scale too small to be inverted.
      float value = x[i] * inverse;
      value = value > -128 && value < 128 ? value : 0;
      float shifted = value + 12582912.0f;  // 1.5 * 2^23 rounds to the nearest whole number
      b->values[first + i] = (int8_t)(int32_t)(shifted - 12582912.0f);
    }
  }
}

FOR_EACH_PROCESSOR static void from_blocks_f32(const hl_blocks *b, int64_t from, int64_t to) {
  for (int64_t block = from; block < to; block++) {
    int64_t first = block * HL_BLOCK;
    float scale = load_bf16(b->scales + block), *out = (float *)b->numbers + first;
    const int8_t *values = b->values + first;
    if (b->count - first >= HL_BLOCK)
      for (int64_t i = 0; i < HL_BLOCK; i++) out[i] = (float)values[i] * scale;
    else
      for (int64_t i = 0; i < b->count - first; i++) out[i] = (float)values[i] * scale;
  }
}

FOR_EACH_PROCESSOR static void from_blocks_bf16(const hl_blocks *b, int64_t from, int64_t to) {
  for (int64_t block = from; block < to; block++) {
    int64_t first = block * HL_BLOCK;
    float scale = load_bf16(b->scales + block);
    uint16_t *out = (uint16_t *)b->numbers + first;
    const int8_t *values = b->values + first;
    if (b->count - first >= HL_BLOCK)
      for (int64_t i = 0; i < HL_BLOCK; i++) store_bf16(out + i, (float)values[i] * scale);
    else
      for (int64_t i = 0; i < b->count - first; i++) store_bf16(out + i, (float)values[i] * scale);
  }
}

static int64_t block_count(const hl_blocks *b) { return (b->count + HL_BLOCK - 1) / HL_BLOCK; }

static void to_blocks_body(void *context) {
  const hl_blocks *b = context;
  int64_t from, to;
  share(block_count(b), &from, &to);
  to_blocks(b, from, to);
}

static void from_blocks_body(void *context) {
  const hl_blocks *b = context;
  int64_t from, to;
  share(block_count(b), &from, &to);
  b->is_bf16 ? from_blocks_bf16(b, from, to) : from_blocks_f32(b, from, to);
}

void hl_to_blocks(const hl_blocks *b) { parallel(to_blocks_body, (void *)b); }
void hl_from_blocks(const hl_blocks *b) { parallel(from_blocks_body, (void *)b); }
