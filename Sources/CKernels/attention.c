#include "CKernels.h"
#include "CKernelsTraining.h"
#include "parallel.h"
#include "scalar.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float v16 __attribute__((vector_size(64)));
typedef float v16u __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t w16 __attribute__((vector_size(64)));

enum { KEYS = 64, MAP_QUERIES = 24, MAX_DIM = 512 };

static const float LOG2_E = 1.44269504f;
// Scores may exceed the assumed maximum by this much, as a power of two, before everything is rescaled: weights of up
// to 256 instead of 1 lose no precision.
static const float LEEWAY = 8;

ALWAYS int64_t round_up(int64_t x, int64_t to) { return (x + to - 1) / to * to; }

// Elements of one head's keys and values.
ALWAYS int64_t head_size(const hl_attention *a) { return (a->t_k + round_up(a->t_k, KEYS)) * a->dim; }

size_t hl_attention_scratch(const hl_attention *a) {
  return (size_t)(a->head_count * head_size(a)) * sizeof(float);
}

// Elements of one head's packed keys, and of the scores of a tile of queries.
ALWAYS int64_t map_keys_size(const hl_attention_map *a) { return round_up(a->t_k, 16) * round_up(a->dim, 16); }
ALWAYS int64_t map_scores_size(const hl_attention_map *a) { return MAP_QUERIES * round_up(a->t_k, 16); }

size_t hl_attention_map_scratch(const hl_attention_map *a) {
  return (size_t)(a->n * a->heads * map_keys_size(a) + map_scores_size(a) * omp_get_max_threads()) * sizeof(float);
}

// Turns scores into their softmax, and adds its share of a mean.
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

// Transposes sixteen vectors.
ALWAYS void transpose_16(v16 r[16]) {
  v16 t[16], u[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  // Each quarter g now has four rows of column 4g + i.
  for (int i = 0; i < 16; i += 4)
    for (int k = 0; k < 2; k++) {
      v16 a = t[i + k], b = t[i + k + 2];
      u[i + 2 * k] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      u[i + 2 * k + 1] = __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  for (int i = 0; i < 4; i++) {
    v16 a = u[i], b = u[i + 4], c = u[i + 8], d = u[i + 12];
    v16 ab = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    v16 cd = __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    r[i] = __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    r[i + 4] = __builtin_shufflevector(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    ab = __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    cd = __builtin_shufflevector(c, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    r[i + 8] = __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    r[i + 12] = __builtin_shufflevector(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
}

ALWAYS void take_larger(v16 *to, const v16 *x) {
  w16 is_larger = *x > *to;
  *to = (v16)(((w16)*x & is_larger) | ((w16)*to & ~is_larger));
}

ALWAYS bool any_greater_by(const v16 *a, const v16 *b, float by) { return __builtin_reduce_or(*a > *b + by) != 0; }

// Computes 2^x, up to 127, to about 1 unit in the last place: the integer part goes into the exponent, and a polynomial
// with minimal relative error handles the rest.
ALWAYS void two_to_the(v16 *x) {
  v16 least = (v16){0} - 126.0f;
  take_larger(x, &least);
  v16 shifted = *x + 12582912.0f;  // 1.5 * 2^23 rounds to the nearest whole number
  v16 r = *x - (shifted - 12582912.0f);
  v16 p = 1.3276471e-3f * r + 9.6755410e-3f;
  p = p * r + 5.5507131e-2f;
  p = p * r + 2.4022120e-1f;
  p = p * r + 6.9314694e-1f;
  p = p * r + 1.0f;
  *x = p * (v16)(((w16)shifted + 127) << 23);
}

ALWAYS void store_vector_f32(float *to, const v16 *x, int64_t count) {
  // A known size is a single store.
  if (count == 16) memcpy(to, x, sizeof *x);
  else memcpy(to, x, (size_t)count * sizeof(float));
}

#define T float
#define PAIR 1
#define QUERIES 32
#define MULTIPLY_ADD(sum, a, b) sum += *(a) * *(const v16u *)(b)
#define TWO_TO_THE two_to_the
#define STORE_VECTOR store_vector_f32

// As many sums as this kind of processor has registers for.
#if defined(__x86_64__)
// The level alone would split vectors of 512 bits into halves, as was best on the first processors that had them.
#define PROCESSOR_INLINE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define ROWS 8
#define VECTORS 2
#define NAME(x) x##_f32_v4
#include "attention_kinds.inc.h"

#define PROCESSOR_INLINE __attribute__((target("arch=x86-64-v3")))
#define ROWS 6
#define VECTORS 1
#define NAME(x) x##_f32_v3
#include "attention_kinds.inc.h"

#define PROCESSOR_INLINE
#define ROWS 2
#define VECTORS 1
#define NAME(x) x##_f32
#include "attention_kinds.inc.h"

#define FOR_THIS_PROCESSOR(function)                                      \
  (__builtin_cpu_supports("x86-64-v4")   ? function##_v4                  \
      : __builtin_cpu_supports("x86-64-v3") ? function##_v3 : function)
#else
#define PROCESSOR_INLINE
#define ROWS 6
#define VECTORS 1
#define NAME(x) x##_f32
#include "attention_kinds.inc.h"
#define FOR_THIS_PROCESSOR(function) function
#endif

void hl_attention_f32(const hl_attention *a) { parallel(FOR_THIS_PROCESSOR(attention_body_f32), (void *)a); }

void hl_attention_map_f32(const hl_attention_map *a) {
  parallel(FOR_THIS_PROCESSOR(attention_map_body_f32), (void *)a);
}
#undef T
#undef PAIR
#undef QUERIES
#undef MULTIPLY_ADD
#undef TWO_TO_THE
#undef STORE_VECTOR

#if defined(__x86_64__)
ALWAYS FOR_BF16 v16 multiply_pairs(v16 sum, const uint16_t *a, const uint16_t *b) {
  int32_t pair;
  memcpy(&pair, a, 4);
  return (v16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32(pair), (__m512bh)_mm512_loadu_si512(b));
}

// Computes 2^x to 13 bits, more than bfloat16 has.
ALWAYS FOR_BF16 void short_two_to_the(v16 *x) {
  __m512 whole = _mm512_roundscale_ps((__m512)*x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m512 r = _mm512_sub_ps((__m512)*x, whole);
  __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(5.5171669e-2f), r, _mm512_set1_ps(2.4261113e-1f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(6.9326097e-1f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(9.9992806e-1f));
  *x = (v16)_mm512_scalef_ps(p, whole);
}

// Two vectors as bfloat16, with their elements interleaved.
ALWAYS FOR_BF16 void store_pairs(uint16_t *to, const v16 *first, const v16 *second) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
      5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)*second, (__m512)*first);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, both));
}

ALWAYS FOR_BF16 void store_vector_bf16(uint16_t *to, const v16 *x, int64_t count) {
  __m256i narrow = (__m256i)_mm512_cvtneps_pbh((__m512)*x);
  _mm256_mask_storeu_epi16(to, (__mmask16)((1u << count) - 1), narrow);
}

#define T uint16_t
#define PAIR 2
#define QUERIES 48
#define MULTIPLY_ADD(sum, a, b) sum = multiply_pairs(sum, a, b)
#define TWO_TO_THE short_two_to_the
#define STORE_VECTOR store_vector_bf16
#define PROCESSOR_INLINE FOR_BF16
#define ROWS 8
#define VECTORS 3
#define NAME(x) x##_bf16
#include "attention_kinds.inc.h"

void hl_attention_bf16(const hl_attention *a) { parallel(attention_body_bf16, (void *)a); }
void hl_attention_map_bf16(const hl_attention_map *a) { parallel(attention_map_body_bf16, (void *)a); }
#undef T
#undef PAIR
#undef QUERIES
#undef MULTIPLY_ADD
#undef TWO_TO_THE
#undef STORE_VECTOR
#else
void hl_attention_bf16(const hl_attention *a) { (void)a; }
void hl_attention_map_bf16(const hl_attention_map *a) { (void)a; }
#endif

enum { BACKWARD_QUERIES = 64 };

// The floats that a thread needs for one head.
static int64_t backward_head_size(const hl_attention_backward *a) {
  int64_t width = round_up(a->dim, 16), tokens = round_up(a->t_k, 16);
  return 6 * tokens * width + BACKWARD_QUERIES * 3 * width + BACKWARD_QUERIES * 3 * tokens;
}

size_t hl_attention_backward_scratch(const hl_attention_backward *a) {
  return (size_t)(backward_head_size(a) * omp_get_max_threads()) * sizeof(float);
}

static void plain_product(const float *a, int64_t a_stride, const float *b, int64_t b_columns, int64_t depth, float *c,
    int64_t c_stride, int64_t columns, bool add, int64_t rows) {
  FOR_THIS_PROCESSOR(whole_product_f32)(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, rows);
}

FOR_EACH_PROCESSOR static void transpose(
    const float *from, int64_t rows, int64_t columns, float *to, int64_t to_stride) {
  // Tiles of 16x16 keep both sides in the nearest cache.
  for (int64_t r = 0; r < rows; r += 16)
    for (int64_t c = 0; c < columns; c += 16)
      for (int64_t i = r; i < r + 16 && i < rows; i++)
        for (int64_t j = c; j < c + 16 && j < columns; j++) to[j * to_stride + i] = from[i * columns + j];
}

// Turns a row of scores into softmax weights P, and the gradients of the weights into those of the scores before
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
