// Included once for each element type after product.inc.h, with the same definitions, PROCESSOR, QUERIES (the queries
// of a tile, a multiple of 16), TWO_TO_THE and STORE_VECTOR.
//
// A tile of queries is spread across the vectors, one query per lane: scores are (keys, queries) and outputs (dim,
// queries). The softmax therefore needs no sums along a vector, and no channel of a head is computed in vain. Keys are
// not copied, and values are packed (blocks, dim, KEYS); both products broadcast from them.

PROCESSOR static void NAME(pack_head)(const hl_attention *a, int64_t n, int64_t h, T *keys, T *values) {
  const T *k = (const T *)a->k + n * a->t_k * a->k_stride + h * a->dim;
  const T *v = (const T *)a->v + n * a->t_k * a->v_stride + h * a->dim;
  for (int64_t t = 0; t < a->t_k; t++) memcpy(keys + t * a->dim, k + t * a->k_stride, (size_t)a->dim * sizeof(T));
  for (int64_t first = 0; first < a->t_k; first += KEYS, values += a->dim * KEYS, v += KEYS * a->v_stride) {
    int64_t count = a->t_k - first < KEYS ? a->t_k - first : KEYS;
    for (int64_t d = 0; d < a->dim; d++) {
      for (int64_t t = 0; t < count; t++) values[d * KEYS + t] = v[t * a->v_stride + d];
      for (int64_t t = count; t < KEYS; t++) values[d * KEYS + t] = 0;
    }
  }
}

// Packs queries (rows, ...) as (dim/PAIR, columns, PAIR), with zeros after the last.
ALWAYS PROCESSOR_INLINE void NAME(pack_queries)(
    const T *q, int64_t stride, int64_t rows, int64_t dim, T *packed, int64_t columns) {
  for (int64_t first = 0; first < columns; first += 16)
    for (int64_t d = 0; d < dim; d += 16 * PAIR) {
      int64_t count = (dim - d < 16 * PAIR ? dim - d : 16 * PAIR) / PAIR;
      v16 block[16];
      for (int64_t i = 0; i < 16; i++) {
        block[i] = (v16){0};
        if (first + i < rows) memcpy(&block[i], q + (first + i) * stride + d, (size_t)(count * PAIR) * sizeof(T));
      }
      transpose_16(block);
      for (int64_t i = 0; i < count; i++)
        *(v16u *)(void *)(packed + ((d / PAIR + i) * columns + first) * PAIR) = block[i];
    }
}

// Turns a block of scores (keys, columns) into weights (keys/PAIR, columns, PAIR) in place.
ALWAYS PROCESSOR_INLINE void NAME(weigh)(
    float *scores, int64_t count, int64_t columns, float factor, const v16 *top, v16 *total) {
  for (int64_t j = 0; j < columns; j += 16) {
    v16 most = top[j / 16], sum = total[j / 16];
    for (int64_t i = 0; i < count; i += PAIR) {
      const float *from = scores + i * columns + j;
      v16 first = *(const v16u *)from * factor - most;
      TWO_TO_THE(&first);
#if PAIR == 2
      v16 second = {0};
      if (i + 1 < count) {
        second = *(const v16u *)(from + columns) * factor - most;
        TWO_TO_THE(&second);
      }
      sum += first + second;
      // This overwrites nothing that is still to be read: the weights take half of the scores' space.
      store_pairs((uint16_t *)(void *)scores + i * columns + 2 * j, &first, &second);
#else
      sum += first;
      *(v16u *)(scores + i * columns + j) = first;
#endif
    }
    total[j / 16] = sum;
  }
}

// The general case of scores: scaled, with the bias and the mask, and without the keys that a query must not see.
ALWAYS PROCESSOR_INLINE void NAME(mask_scores)(const hl_attention *a, const float *mask, const float *bias,
    int64_t first_key, int64_t first_query, int64_t count, int64_t rows, int64_t columns, float *scores) {
  for (int64_t i = 0; i < count; i++) {
    float added = mask ? mask[i] * LOG2_E : 0;
    for (int64_t j = 0; j < columns; j++) {
      float s = scores[i * columns + j] * (a->scale * LOG2_E) + added;
      scores[i * columns + j] = a->causal && first_key + i > first_query + j ? -1e30f : s;
    }
    if (bias)
      for (int64_t j = 0; j < rows; j++) scores[i * columns + j] += bias[i * a->t_q + j] * LOG2_E;
  }
}

PROCESSOR static void NAME(attend)(
    const hl_attention *a, int64_t n, int64_t h, int64_t first, int64_t rows, const T *keys, const T *values) {
  float scores[KEYS * QUERIES] __attribute__((aligned(64)));
  T queries[MAX_DIM * QUERIES] __attribute__((aligned(64)));
  float output[MAX_DIM * QUERIES] __attribute__((aligned(64)));
  v16 top[QUERIES / 16], total[QUERIES / 16];
  int64_t columns = round_up(rows, 16), dim = a->dim;
  bool is_masked = a->mask || a->bias || a->causal;
  // Powers of two are cheaper than those of e.
  float factor = is_masked ? 1 : a->scale * LOG2_E;
  NAME(pack_queries)((const T *)a->q + (n * a->t_q + first) * a->q_stride + h * dim, a->q_stride, rows, dim, queries, columns);
  memset(output, 0, (size_t)(dim * columns) * sizeof(float));
  for (int64_t key = 0; key < a->t_k; key += KEYS) {
    int64_t count = a->t_k - key < KEYS ? a->t_k - key : KEYS;
    NAME(product)(keys + key * dim, dim, queries, columns, dim / PAIR, scores, columns, columns, false, count);
    if (is_masked)
      NAME(mask_scores)(a, a->mask ? a->mask + n * a->t_k + key : NULL,
          a->bias ? a->bias + (h * a->t_k + key) * a->t_q + first : NULL, key, first, count, rows, columns, scores);
    for (int64_t j = 0; j < columns; j += 16) {
      v16 most = *(const v16u *)(scores + j);
      for (int64_t i = 1; i < count; i++) take_larger(&most, (const v16 *)(const void *)(scores + i * columns + j));
      most *= factor;
      v16 *known = top + j / 16;
      if (key == 0) {
        *known = most;
        total[j / 16] = (v16){0};
      } else if (any_greater_by(&most, known, LEEWAY)) {
        v16 correction = *known;
        take_larger(known, &most);
        correction -= *known;
        TWO_TO_THE(&correction);
        for (int64_t d = 0; d < dim; d++) *(v16u *)(output + d * columns + j) *= correction;
        total[j / 16] *= correction;
      }
    }
    NAME(weigh)(scores, count, columns, factor, top, total);
    NAME(product)(values + key * dim, KEYS, (const T *)(const void *)scores, columns, (count + PAIR - 1) / PAIR, output,
        columns, columns, true, dim);
  }
  T *out = (T *)a->out + (n * a->t_q + first) * a->out_stride + h * dim;
  for (int64_t j = 0; j < columns; j += 16) {
    v16 inverse = 1.0f / total[j / 16];
    for (int64_t d = 0; d < dim; d += 16) {
      int64_t channels = dim - d < 16 ? dim - d : 16;
      v16 block[16];
      for (int64_t i = 0; i < 16; i++)
        block[i] = i < channels ? *(const v16u *)(output + (d + i) * columns + j) * inverse : (v16){0};
      transpose_16(block);
      for (int64_t i = 0; i < 16 && j + i < rows; i++) STORE_VECTOR(out + (j + i) * a->out_stride + d, &block[i], channels);
    }
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
    NAME(pack_head)(a, h / a->heads, h % a->heads, keys, keys + a->t_k * a->dim);
  }
  GOMP_barrier();
  int64_t tiles = (a->query_count + QUERIES - 1) / QUERIES;
  share(a->head_count * tiles, &from, &to);
  for (int64_t i = from; i < to; i++) {
    int64_t h = a->first_head + i / tiles, first = i % tiles * QUERIES;
    int64_t rows = a->query_count - first < QUERIES ? a->query_count - first : QUERIES;
    const T *keys = packed + i / tiles * head;
    NAME(attend)(a, h / a->heads, h % a->heads, a->first_query + first, rows, keys, keys + a->t_k * a->dim);
  }
}
