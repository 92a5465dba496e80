#include "CKernels.h"
#include "CKernelsTraining.h"
#include "parallel.h"
#include "scalar.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float v16 __attribute__((vector_size(64)));
typedef float v16u __attribute__((vector_size(64), aligned(4)));

enum { QUERIES = 24, KEYS = 256, MAX_DIM = 512 };

ALWAYS int64_t round_up(int64_t x, int64_t to) { return (x + to - 1) / to * to; }

// Elements of one head's packed keys and values.
ALWAYS int64_t head_size(const hl_attention *a) {
  return 2 * round_up(a->t_k, 16) * round_up(a->dim, 16);
}

size_t hl_attention_scratch(const hl_attention *a) {
  return (size_t)(a->head_count * head_size(a)) * sizeof(float);
}

// Elements of one head's packed keys, and of the scores of a tile of queries.
ALWAYS int64_t map_keys_size(const hl_attention_map *a) { return round_up(a->t_k, 16) * round_up(a->dim, 16); }
ALWAYS int64_t map_scores_size(const hl_attention_map *a) { return QUERIES * round_up(a->t_k, 16); }

size_t hl_attention_map_scratch(const hl_attention_map *a) {
  return (size_t)(a->n * a->heads * map_keys_size(a) + map_scores_size(a) * omp_get_max_threads()) * sizeof(float);
}

// Scores become their softmax, and its share of a mean is added up.
ALWAYS void add_softmax(float *scores, const float *mask, float scale, int64_t count, float weight, float *sum) {
#pragma clang fp reassociate(on) contract(fast)
  float top = -1e30f, total = 0;
  for (int64_t j = 0; j < count; j++) {
    scores[j] = scores[j] * scale + (mask ? mask[j] : 0);
    top = scores[j] > top ? scores[j] : top;
  }
  for (int64_t j = 0; j < count; j++) {
    scores[j] = exponential(scores[j] - top);
    total += scores[j];
  }
  weight /= total;
  for (int64_t j = 0; j < count; j++) sum[j] += weight * scores[j];
}

#define PROCESSOR_INLINE

#define T float
#define PAIR 1
#define ROWS 6
#define VECTORS 2
#define NAME(x) x##_f32
#define PROCESSOR FOR_EACH_PROCESSOR
#define LOAD load_f32
#define STORE store_f32
#define MULTIPLY_ADD(sum, a, b) sum += *(a) * *(const v16u *)(b)
#include "attention.inc.h"
#include "attention_map.inc.h"
#undef T
#undef PAIR
#undef ROWS
#undef VECTORS
#undef NAME
#undef PROCESSOR
#undef LOAD
#undef STORE
#undef MULTIPLY_ADD
#undef PROCESSOR_INLINE

#if defined(__x86_64__)
#define PROCESSOR_INLINE FOR_BF16
#define T uint16_t
#define PAIR 2
#define ROWS 6
#define VECTORS 4
#define NAME(x) x##_bf16
#define PROCESSOR FOR_BF16
#define LOAD load_bf16
#define STORE store_bf16
ALWAYS FOR_BF16 v16 multiply_pairs(v16 sum, const uint16_t *a, const uint16_t *b) {
  int32_t pair;
  memcpy(&pair, a, 4);
  return (v16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32(pair), (__m512bh)_mm512_loadu_si512(b));
}
#define MULTIPLY_ADD(sum, a, b) sum = multiply_pairs(sum, a, b)
#include "attention.inc.h"
#include "attention_map.inc.h"
#undef T
#undef PAIR
#undef ROWS
#undef VECTORS
#undef NAME
#undef PROCESSOR
#undef LOAD
#undef STORE
#undef MULTIPLY_ADD
#undef PROCESSOR_INLINE
#else
void hl_attention_bf16(const hl_attention *a) { (void)a; }
void hl_attention_map_bf16(const hl_attention_map *a) { (void)a; }
#endif

enum { BACKWARD_QUERIES = 64 };

// Floats that a thread needs for one head.
static int64_t backward_head_size(const hl_attention_backward *a) {
  int64_t width = round_up(a->dim, 16), tokens = round_up(a->t_k, 16);
  return 6 * tokens * width + BACKWARD_QUERIES * 3 * width + BACKWARD_QUERIES * 3 * tokens;
}

size_t hl_attention_backward_scratch(const hl_attention_backward *a) {
  return (size_t)(backward_head_size(a) * omp_get_max_threads()) * sizeof(float);
}

FOR_EACH_PROCESSOR static void plain_product(const float *a, int64_t a_stride, const float *b, int64_t b_columns,
    int64_t depth, float *c, int64_t c_stride, int64_t columns, bool add, int64_t rows) {
  product_f32(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, rows);
}

FOR_EACH_PROCESSOR static void transpose(
    const float *from, int64_t rows, int64_t columns, float *to, int64_t to_stride) {
  // Tiles of 16x16 keep both sides in the nearest cache.
  for (int64_t r = 0; r < rows; r += 16)
    for (int64_t c = 0; c < columns; c += 16)
      for (int64_t i = r; i < r + 16 && i < rows; i++)
        for (int64_t j = c; j < c + 16 && j < columns; j++) to[j * to_stride + i] = from[i * columns + j];
}

// A row of scores becomes softmax weights P, and the gradients of the weights become those of the scores before
// scaling: scale * P * (dP - sum(P * dP)).
FOR_EACH_PROCESSOR static void softmax_slopes(
    float *weights, float *slopes, const float *mask, float scale, int64_t count, int64_t padded) {
#pragma clang fp reassociate(on) contract(fast)
  float top = -1e30f, sum = 0, dot = 0;
  for (int64_t j = 0; j < count; j++) {
    weights[j] = weights[j] * scale + (mask ? mask[j] : 0);
    top = weights[j] > top ? weights[j] : top;
  }
  for (int64_t j = 0; j < count; j++) {
    weights[j] = exponential(weights[j] - top);
    sum += weights[j];
  }
  float inverse = 1.0f / sum;
  for (int64_t j = 0; j < count; j++) {
    weights[j] *= inverse;
    dot += weights[j] * slopes[j];
  }
  for (int64_t j = 0; j < count; j++) slopes[j] = weights[j] * (slopes[j] - dot) * scale;
  for (int64_t j = count; j < padded; j++) weights[j] = slopes[j] = 0;
}

#define T float
#define NAME(x) x##_f32
#define PROCESSOR FOR_EACH_PROCESSOR
#define LOAD load_f32
#define STORE store_f32
#include "attention_backward.inc.h"
#undef T
#undef NAME
#undef PROCESSOR
#undef LOAD
#undef STORE

#define T uint16_t
#define NAME(x) x##_bf16
#define PROCESSOR FOR_BF16
#define LOAD load_bf16
#define STORE store_bf16
#include "attention_backward.inc.h"
