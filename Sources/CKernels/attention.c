#include "CKernels.h"
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
#else
void hl_attention_bf16(const hl_attention *a) { (void)a; }
#endif
