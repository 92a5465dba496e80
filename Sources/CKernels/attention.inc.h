// Included once for each element type, with T, PAIR (elements multiplied at once), NAME, PROCESSOR, LOAD, STORE and
// MULTIPLY_ADD defined. Keys are packed (dim/PAIR, tokens, PAIR) and values (tokens/PAIR, dim, PAIR), so that both
// products read vectors of 16 columns and broadcast from their left factor.

// c[rows][16 * vectors] (+)= a[rows][depth * PAIR] b, the accumulators in registers throughout.
ALWAYS PROCESSOR_INLINE void NAME(tile)(const T *a, int64_t a_stride, const T *b, int64_t b_columns, int64_t depth,
    float *c, int64_t c_stride, bool add, const int rows, const int vectors) {
  v16 sum[ROWS][VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++)
      sum[i][j] = add ? *(const v16u *)(c + i * c_stride + j * 16) : (v16){0};
  for (int64_t k = 0; k < depth; k++) {
    const T *row = b + k * b_columns * PAIR;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++)
        MULTIPLY_ADD(sum[i][j], a + i * a_stride + k * PAIR, row + j * 16 * PAIR);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) *(v16u *)(c + i * c_stride + j * 16) = sum[i][j];
}

ALWAYS PROCESSOR_INLINE void NAME(columns)(const T *a, int64_t a_stride, const T *b, int64_t b_columns, int64_t depth,
    float *c, int64_t c_stride, int64_t columns, bool add, const int rows) {
  int64_t j = 0;
#if VECTORS >= 4
  for (; j + 64 <= columns; j += 64)
    NAME(tile)(a, a_stride, b + j * PAIR, b_columns, depth, c + j, c_stride, add, rows, 4);
#endif
#if VECTORS >= 2
  for (; j + 32 <= columns; j += 32)
    NAME(tile)(a, a_stride, b + j * PAIR, b_columns, depth, c + j, c_stride, add, rows, 2);
#endif
  for (; j < columns; j += 16)
    NAME(tile)(a, a_stride, b + j * PAIR, b_columns, depth, c + j, c_stride, add, rows, 1);
}

ALWAYS PROCESSOR_INLINE void NAME(product)(const T *a, int64_t a_stride, const T *b, int64_t b_columns, int64_t depth,
    float *c, int64_t c_stride, int64_t columns, bool add, int64_t rows) {
  for (; rows >= ROWS; rows -= ROWS, a += ROWS * a_stride, c += ROWS * c_stride)
    NAME(columns)(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, ROWS);
  for (; rows >= 2; rows -= 2, a += 2 * a_stride, c += 2 * c_stride)
    NAME(columns)(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, 2);
  if (rows) NAME(columns)(a, a_stride, b, b_columns, depth, c, c_stride, columns, add, 1);
}

// One row of scores becomes weights: the running maximum and sum move on, earlier output is scaled to match.
ALWAYS PROCESSOR_INLINE void NAME(online_softmax)(float *scores, const float *mask, float scale, int64_t count,
    int64_t padded, T *weights, float *maximum, float *sum, float *output, int64_t dim) {
#pragma clang fp reassociate(on) contract(fast)
  float top = *maximum, total = 0;
  for (int64_t j = 0; j < count; j++) {
    float s = scores[j] * scale + (mask ? mask[j] : 0);
    scores[j] = s;
    top = s > top ? s : top;
  }
  for (int64_t j = 0; j < count; j++) {
    float e = exponential(scores[j] - top);
    total += e;
    STORE(weights + j, e);
  }
  for (int64_t j = count; j < padded; j++) weights[j] = 0;
  float correction = exponential(*maximum - top);
  if (correction != 1)
    for (int64_t d = 0; d < dim; d++) output[d] *= correction;
  *maximum = top;
  *sum = *sum * correction + total;
}

PROCESSOR static void NAME(pack_keys)(const T *k, int64_t k_stride, int64_t count, int64_t dim, T *keys) {
  int64_t tokens = round_up(count, 16);
  if (tokens != count) memset(keys, 0, (size_t)(tokens * dim) * sizeof(T));
  for (int64_t t = 0; t < count; t++, k += k_stride)
    for (int64_t d = 0; d < dim; d += PAIR) memcpy(keys + (d * tokens) + t * PAIR, k + d, PAIR * sizeof(T));
}

PROCESSOR static void NAME(pack_head)(const hl_attention *a, int64_t n, int64_t h, T *keys, T *values) {
  int64_t tokens = round_up(a->t_k, 16), dim = round_up(a->dim, 16);
  const T *v = (const T *)a->v + n * a->t_k * a->v_stride + h * a->dim;
  NAME(pack_keys)((const T *)a->k + n * a->t_k * a->k_stride + h * a->dim, a->k_stride, a->t_k, a->dim, keys);
  if (tokens != a->t_k || dim != a->dim) memset(values, 0, (size_t)(tokens * dim) * sizeof(T));
  for (int64_t t = 0; t < a->t_k; t++, v += a->v_stride) {
    T *to = values + t / PAIR * PAIR * dim + t % PAIR;
    for (int64_t d = 0; d < a->dim; d++) to[d * PAIR] = v[d];
  }
}

PROCESSOR static void NAME(attend)(
    const hl_attention *a, int64_t n, int64_t h, int64_t first, int64_t rows, const T *keys, const T *values) {
  int64_t tokens = round_up(a->t_k, 16), dim = round_up(a->dim, 16);
  float scores[QUERIES * KEYS] __attribute__((aligned(64)));
  T weights[QUERIES * KEYS] __attribute__((aligned(64)));
  float output[QUERIES * MAX_DIM] __attribute__((aligned(64)));
  float maximum[QUERIES], sum[QUERIES];
  memset(output, 0, (size_t)(rows * dim) * sizeof(float));
  for (int64_t i = 0; i < rows; i++) maximum[i] = -1e30f, sum[i] = 0;
  const T *q = (const T *)a->q + (n * a->t_q + first) * a->q_stride + h * a->dim;
  for (int64_t j = 0; j < a->t_k; j += KEYS) {
    int64_t count = a->t_k - j < KEYS ? a->t_k - j : KEYS, padded = round_up(count, 16);
    NAME(product)(q, a->q_stride, keys + j * PAIR, tokens, a->dim / PAIR, scores, KEYS, padded, false, rows);
    for (int64_t i = 0; i < rows; i++) {
      int64_t seen = a->causal ? first + i + 1 - j : count;
      seen = seen < 0 ? 0 : seen < count ? seen : count;
      NAME(online_softmax)(scores + i * KEYS, a->mask ? a->mask + n * a->t_k + j : NULL, a->scale, seen, padded,
          weights + i * KEYS, maximum + i, sum + i, output + i * dim, dim);
    }
    NAME(product)(weights, KEYS, values + j * dim, dim, padded / PAIR, output, dim, dim, true, rows);
  }
  T *out = (T *)a->out + (n * a->t_q + first) * a->out_stride + h * a->dim;
  for (int64_t i = 0; i < rows; i++) {
    float inverse = 1.0f / sum[i];
    for (int64_t d = 0; d < a->dim; d++) STORE(out + i * a->out_stride + d, output[i * dim + d] * inverse);
  }
}

static void NAME(attention_body)(void *context) {
  const hl_attention *a = context;
  int64_t head = head_size(a), from, to;
  T *packed = a->scratch;
  share(a->head_count, &from, &to);
  for (int64_t i = from; i < to; i++) {
    T *keys = packed + i * head;
    int64_t h = a->first_head + i;
    NAME(pack_head)(a, h / a->heads, h % a->heads, keys, keys + round_up(a->t_k, 16) * round_up(a->dim, 16));
  }
  GOMP_barrier();
  int64_t tiles = (a->query_count + QUERIES - 1) / QUERIES;
  share(a->head_count * tiles, &from, &to);
  for (int64_t i = from; i < to; i++) {
    int64_t h = a->first_head + i / tiles, first = i % tiles * QUERIES;
    int64_t rows = a->query_count - first < QUERIES ? a->query_count - first : QUERIES;
    const T *keys = packed + i / tiles * head;
    NAME(attend)(a, h / a->heads, h % a->heads, a->first_query + first, rows, keys,
        keys + round_up(a->t_k, 16) * round_up(a->dim, 16));
  }
}

void NAME(hl_attention)(const hl_attention *a) { parallel(NAME(attention_body), (void *)a); }
