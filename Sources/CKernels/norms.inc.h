// Included once for each element type, with T, LOAD, STORE, NAME and PROCESSOR defined.

// Sums of (x - pivot) and (x - pivot)^2 for each channel; the pivot, the picture's first pixel, avoids cancellation in
// the squares if the mean is large.
PROCESSOR static void NAME(channel_sums)(
    const T *x, const T *pivot_row, int64_t rows, int64_t channels, float *sums, float *squares) {
  for (int64_t r = 0; r < rows; r++) {
    const T *row = x + r * channels;
    for (int64_t c = 0; c < channels; c++) {
      float d = LOAD(row + c) - LOAD(pivot_row + c);
      sums[c] += d;
      squares[c] += d * d;
    }
  }
}

// The result may overwrite the input, element by element, which is safe for vectors, but which the compiler's own check
// before the loop treats as an overlap.
PROCESSOR static void NAME(scale_rows)(const T *x, int64_t rows, int64_t channels, const float *scale,
    const float *shift, bool with_silu, T *out, int64_t out_stride) {
  for (int64_t r = 0; r < rows; r++) {
    const T *row = x + r * channels;
    T *to = out + r * out_stride;
    if (with_silu) {
#pragma clang loop vectorize(assume_safety)
      for (int64_t c = 0; c < channels; c++) STORE(to + c, silu(LOAD(row + c) * scale[c] + shift[c]));
    } else {
#pragma clang loop vectorize(assume_safety)
      for (int64_t c = 0; c < channels; c++) STORE(to + c, LOAD(row + c) * scale[c] + shift[c]);
    }
  }
}

// Computes scale and shift of each channel of one picture from the chunks' partial sums; the input is read for the last
// time before anything is written, so that the result may overwrite it.
static void NAME(finish_group_norm)(const hl_group_norm *g, int64_t n, float *scale, float *shift) {
  int64_t channels = g->c_first + g->c_second, size = channels / g->groups, chunks = chunk_count(g->pixels);
  const T *first = (const T *)g->first + n * g->pixels * g->c_first;
  const T *second = (const T *)g->second + n * g->pixels * g->c_second;
  for (int group = 0; group < g->groups; group++) {
    double total = 0, squares = 0;
    for (int64_t c = group * size; c < (group + 1) * size; c++) {
      double sum = 0, square = 0;
      for (int64_t chunk = 0; chunk < chunks; chunk++) {
        const float *partial = g->scratch + (n * chunks + chunk) * channels * 2;
        sum += partial[c];
        square += partial[channels + c];
      }
      double pivot = c < g->c_first ? LOAD(first + c) : LOAD(second + c - g->c_first);
      if (g->addend) pivot += g->addend[n * g->addend_stride + c];
      total += sum + (double)g->pixels * pivot;
      squares += square + 2 * pivot * sum + (double)g->pixels * pivot * pivot;
    }
    double count = (double)g->pixels * (double)size, mean = total / count;
    double variance = squares / count - mean * mean;
    float inverse = (float)(1.0 / __builtin_sqrt((variance > 0 ? variance : 0) + g->epsilon));
    for (int64_t c = group * size; c < (group + 1) * size; c++) {
      float addend = g->addend ? g->addend[n * g->addend_stride + c] : 0;
      scale[c] = g->gamma[c] * inverse;
      shift[c] = g->beta[c] + (addend - (float)mean) * scale[c];
    }
  }
}

static void NAME(group_norm_body)(void *context) {
  const hl_group_norm *g = context;
  int64_t channels = g->c_first + g->c_second, chunks = chunk_count(g->pixels), from, to;
  const T *first = g->first, *second = g->second;
  share(g->n * chunks, &from, &to);
  for (int64_t i = from; i < to; i++) {
    int64_t n = i / chunks, row = i % chunks * CHUNK, rows = g->pixels - row < CHUNK ? g->pixels - row : CHUNK;
    float *sums = g->scratch + i * channels * 2;
    memset(sums, 0, (size_t)(channels * 2) * sizeof(float));
    const T *picture = first + n * g->pixels * g->c_first;
    NAME(channel_sums)(picture + row * g->c_first, picture, rows, g->c_first, sums, sums + channels);
    if (second) {
      picture = second + n * g->pixels * g->c_second;
      NAME(channel_sums)(picture + row * g->c_second, picture, rows, g->c_second, sums + g->c_first,
          sums + channels + g->c_first);
    }
  }
  GOMP_barrier();
  float *scales = g->scratch + g->n * chunks * channels * 2;
  share(g->n, &from, &to);
  for (int64_t n = from; n < to; n++)
    NAME(finish_group_norm)(g, n, scales + n * channels * 2, scales + (2 * n + 1) * channels);
  GOMP_barrier();
  share(g->n * g->pixels, &from, &to);
  for (int64_t row = from; row < to;) {
    int64_t n = row / g->pixels, end = (n + 1) * g->pixels < to ? (n + 1) * g->pixels : to;
    T *out = (T *)g->out + row * channels;
    const float *scale = scales + n * channels * 2, *shift = scale + channels;
    NAME(scale_rows)(first + row * g->c_first, end - row, g->c_first, scale, shift, g->silu, out, channels);
    if (second)
      NAME(scale_rows)(second + row * g->c_second, end - row, g->c_second, scale + g->c_first,
          shift + g->c_first, g->silu, out + g->c_first, channels);
    row = end;
  }
}

void NAME(hl_group_norm)(const hl_group_norm *g) { parallel(NAME(group_norm_body), (void *)g); }

PROCESSOR static void NAME(layer_norm_rows)(const hl_layer_norm *l, int64_t from, int64_t to) {
#pragma clang fp reassociate(on) contract(fast)
  const T *x = l->x;
  T *out = l->out;
  int64_t channels = l->channels;
  for (int64_t r = from; r < to; r++) {
    const T *row = x + r * channels;
    T *target = out + r * channels;
    float sum = 0, squares = 0;
    for (int64_t c = 0; c < channels; c++) sum += LOAD(row + c);
    float mean = sum / (float)channels;
    for (int64_t c = 0; c < channels; c++) {
      float d = LOAD(row + c) - mean;
      squares += d * d;
    }
    float inverse = 1.0f / __builtin_sqrtf(squares / (float)channels + l->epsilon);
    for (int64_t c = 0; c < channels; c++)
      STORE(target + c, (LOAD(row + c) - mean) * inverse * l->gamma[c] + l->beta[c]);
  }
}

static void NAME(layer_norm_body)(void *context) {
  const hl_layer_norm *l = context;
  int64_t from, to;
  share(l->rows, &from, &to);
  NAME(layer_norm_rows)(l, from, to);
}

void NAME(hl_layer_norm)(const hl_layer_norm *l) { parallel(NAME(layer_norm_body), (void *)l); }
