// Included once for each element type, with T, LOAD, STORE, NAME and PROCESSOR defined, after the float32 product.

// Copies rows of a strided matrix as float32, in rows of `width` with zeros after the last column.
PROCESSOR static void NAME(gather_rows)(
    const T *from, int64_t stride, int64_t rows, int64_t dim, float *to, int64_t width) {
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t d = 0; d < dim; d++) to[r * width + d] = LOAD(from + r * stride + d);
    for (int64_t d = dim; d < width; d++) to[r * width + d] = 0;
  }
}

PROCESSOR static void NAME(scatter_rows)(
    const float *from, int64_t width, int64_t rows, int64_t dim, T *to, int64_t stride) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t d = 0; d < dim; d++) STORE(to + r * stride + d, from[r * width + d]);
}

static void NAME(attention_backward_head)(const hl_attention_backward *a, int64_t n, int64_t h, float *work) {
  int64_t width = round_up(a->dim, 16), tokens = round_up(a->t_k, 16), matrix = tokens * width;
  float *keys = work, *values = keys + matrix, *keys_across = values + matrix, *values_across = keys_across + matrix;
  float *grad_keys = values_across + matrix, *grad_values = grad_keys + matrix, *tile = grad_values + matrix;
  int64_t k_start = n * a->t_k * a->k_stride + h * a->dim, v_start = n * a->t_k * a->v_stride + h * a->dim;
  memset(keys, 0, (size_t)(6 * matrix) * sizeof(float));
  NAME(gather_rows)((const T *)a->k + k_start, a->k_stride, a->t_k, a->dim, keys, width);
  NAME(gather_rows)((const T *)a->v + v_start, a->v_stride, a->t_k, a->dim, values, width);
  transpose(keys, a->t_k, width, keys_across, tokens);
  transpose(values, a->t_k, width, values_across, tokens);
  const float *mask = a->mask ? a->mask + n * a->t_k : 0;
  for (int64_t first = 0; first < a->t_q; first += BACKWARD_QUERIES) {
    int64_t rows = a->t_q - first < BACKWARD_QUERIES ? a->t_q - first : BACKWARD_QUERIES;
    float *queries = tile, *grad_out = queries + BACKWARD_QUERIES * width;
    float *grad_queries = grad_out + BACKWARD_QUERIES * width, *weights = grad_queries + BACKWARD_QUERIES * width;
    float *slopes = weights + BACKWARD_QUERIES * tokens, *across = slopes + BACKWARD_QUERIES * tokens;
    int64_t q_start = (n * a->t_q + first) * a->q_stride + h * a->dim;
    NAME(gather_rows)((const T *)a->q + q_start, a->q_stride, rows, a->dim, queries, width);
    NAME(gather_rows)((const T *)a->grad_out + (n * a->t_q + first) * a->out_stride + h * a->dim, a->out_stride, rows,
        a->dim, grad_out, width);
    plain_product(queries, width, keys_across, tokens, a->dim, weights, tokens, tokens, false, rows);
    plain_product(grad_out, width, values_across, tokens, a->dim, slopes, tokens, tokens, false, rows);
    for (int64_t i = 0; i < rows; i++)
      softmax_slopes(weights + i * tokens, slopes + i * tokens, mask, a->scale, a->t_k, tokens);
    plain_product(slopes, tokens, keys, width, a->t_k, grad_queries, width, width, false, rows);
    NAME(scatter_rows)(grad_queries, width, rows, a->dim, (T *)a->grad_q + q_start, a->q_stride);
    transpose(weights, rows, tokens, across, BACKWARD_QUERIES);
    plain_product(across, BACKWARD_QUERIES, grad_out, width, rows, grad_values, width, width, true, a->t_k);
    transpose(slopes, rows, tokens, across, BACKWARD_QUERIES);
    plain_product(across, BACKWARD_QUERIES, queries, width, rows, grad_keys, width, width, true, a->t_k);
  }
  NAME(scatter_rows)(grad_keys, width, a->t_k, a->dim, (T *)a->grad_k + k_start, a->k_stride);
  NAME(scatter_rows)(grad_values, width, a->t_k, a->dim, (T *)a->grad_v + v_start, a->v_stride);
}

static void NAME(attention_backward_body)(void *context) {
  const hl_attention_backward *a = context;
  int64_t from, to;
  float *work = a->scratch + omp_get_thread_num() * backward_head_size(a);
  share(a->n * a->heads, &from, &to);
  for (int64_t i = from; i < to; i++) NAME(attention_backward_head)(a, i / a->heads, i % a->heads, work);
}

void NAME(hl_attention_backward)(const hl_attention_backward *a) { parallel(NAME(attention_backward_body), (void *)a); }
