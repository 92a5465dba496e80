// Included once for each element type after product.inc.h, with the same definitions.

// Packs keys (tokens, ...) as (dim/PAIR, tokens, PAIR), with zeros up to whole vectors.
PROCESSOR static void NAME(pack_keys)(const T *k, int64_t k_stride, int64_t count, int64_t dim, T *keys) {
  int64_t tokens = round_up(count, 16);
  if (tokens != count) memset(keys, 0, (size_t)(tokens * dim) * sizeof(T));
  for (int64_t t = 0; t < count; t++, k += k_stride)
    for (int64_t d = 0; d < dim; d += PAIR) memcpy(keys + (d * tokens) + t * PAIR, k + d, PAIR * sizeof(T));
}

// Computes the rows of the map for a tile of queries of one picture: every head's softmax, one after another.
PROCESSOR static void NAME(look)(
    const hl_attention_map *a, int64_t n, int64_t first, int64_t rows, const T *keys, float *scores) {
  int64_t tokens = round_up(a->t_k, 16), size = map_keys_size(a);
  const T *q = (const T *)a->q + (n * a->t_q + first) * a->q_stride;
  const float *mask = a->mask ? a->mask + n * a->t_k : NULL;
  float *out = a->out + (n * a->t_q + first) * a->t_k;
  memset(out, 0, (size_t)(rows * a->t_k) * sizeof(float));
  for (int64_t h = 0; h < a->heads; h++) {
    NAME(product)(q + h * a->dim, a->q_stride, keys + h * size, tokens, a->dim / PAIR, scores, tokens, tokens, false, rows);
    for (int64_t i = 0; i < rows; i++)
      add_softmax(scores + i * tokens, mask, a->scale, a->t_k, 1.0f / (float)a->heads, out + i * a->t_k);
  }
}

static void NAME(attention_map_body)(void *context) {
  const hl_attention_map *a = context;
  int64_t size = map_keys_size(a), from, to;
  T *packed = a->scratch;
  float *scores = (float *)a->scratch + a->n * a->heads * size + omp_get_thread_num() * map_scores_size(a);
  share(a->n * a->heads, &from, &to);
  for (int64_t i = from; i < to; i++) {
    const T *k = (const T *)a->k + i / a->heads * a->t_k * a->k_stride + i % a->heads * a->dim;
    NAME(pack_keys)(k, a->k_stride, a->t_k, a->dim, packed + i * size);
  }
  GOMP_barrier();
  int64_t tiles = (a->query_count + MAP_QUERIES - 1) / MAP_QUERIES;
  share(a->n * tiles, &from, &to);
  for (int64_t i = from; i < to; i++) {
    int64_t first = i % tiles * MAP_QUERIES;
    int64_t rows = a->query_count - first < MAP_QUERIES ? a->query_count - first : MAP_QUERIES;
    NAME(look)(a, i / tiles, a->first_query + first, rows, packed + i / tiles * a->heads * size, scores);
  }
}
