// Included once for each element type, with T, LOAD, STORE, NAME and PROCESSOR defined.

// Channel sums over one tensor's part of a picture, with x relative to `pivot`.
PROCESSOR static void NAME(backward_statistics)(
    const T *x, int64_t rows, int64_t channels, float *sums, float *squares) {
  for (int64_t c = 0; c < channels; c++) sums[c] = squares[c] = 0;
  for (int64_t r = 0; r < rows; r++) {
    const T *row = x + r * channels;
    for (int64_t c = 0; c < channels; c++) {
      float d = LOAD(row + c) - LOAD(x + c);
      sums[c] += d;
      squares[c] += d * d;
    }
  }
}

// beta[c] += dz and gamma[c] += dz * (x - center), where dz is the gradient before SiLU.
PROCESSOR static void NAME(backward_sums)(const T *x, const T *grad_out, int64_t grad_stride, int64_t rows,
    int64_t channels, const float *scale, const float *shift, const float *center, bool with_silu, float *gamma,
    float *beta) {
  for (int64_t c = 0; c < channels; c++) gamma[c] = beta[c] = 0;
  for (int64_t r = 0; r < rows; r++) {
    const T *row = x + r * channels, *grad = grad_out + r * grad_stride;
    if (with_silu)
      for (int64_t c = 0; c < channels; c++) {
        float v = LOAD(row + c), dz = LOAD(grad + c) * silu_slope(v * scale[c] + shift[c]);
        beta[c] += dz;
        gamma[c] += dz * (v - center[c]);
      }
    else
      for (int64_t c = 0; c < channels; c++) {
        float dz = LOAD(grad + c);
        beta[c] += dz;
        gamma[c] += dz * (LOAD(row + c) - center[c]);
      }
  }
}

// grad_x (+)= dz * scale - (x - center) * slope - offset.
PROCESSOR static void NAME(backward_rows)(const T *x, const T *grad_out, int64_t grad_stride, int64_t rows,
    int64_t channels, const float *scale, const float *shift, const float *center, const float *slope,
    const float *offset, bool with_silu, bool add, T *grad_x) {
  for (int64_t r = 0; r < rows; r++) {
    const T *row = x + r * channels, *grad = grad_out + r * grad_stride;
    T *to = grad_x + r * channels;
    for (int64_t c = 0; c < channels; c++) {
      float v = LOAD(row + c), dz = LOAD(grad + c);
      if (with_silu) dz *= silu_slope(v * scale[c] + shift[c]);
      float dx = dz * scale[c] - (v - center[c]) * slope[c] - offset[c];
      if (add) dx += LOAD(to + c);
      STORE(to + c, dx);
    }
  }
}

// One picture; `work` has six rows of all channels, and `part` receives the sums for gamma and beta.
static void NAME(group_norm_backward_picture)(const hl_group_norm_backward *g, int64_t n, float *work, float *part) {
  int64_t channels = g->c_first + g->c_second, size = channels / g->groups, split = g->c_first;
  const T *first = (const T *)g->first + n * g->pixels * g->c_first;
  const T *second = (const T *)g->second + n * g->pixels * g->c_second;
  const T *grad_out = (const T *)g->grad_out + n * g->pixels * channels;
  const float *addend = g->addend ? g->addend + n * g->addend_stride : 0;
  float *scale = work, *shift = scale + channels, *center = shift + channels;
  float *slope = center + channels, *offset = slope + channels, *sums = offset + channels;
  float *gamma = part, *beta = part + channels;
  NAME(backward_statistics)(first, g->pixels, split, sums, slope);
  if (g->c_second) NAME(backward_statistics)(second, g->pixels, g->c_second, sums + split, slope + split);
  double pixels = (double)g->pixels, count = pixels * (double)size;
  for (int64_t start = 0; start < channels; start += size) {
    double total = 0, squares = 0;
    for (int64_t c = start; c < start + size; c++) {
      double pivot = (c < split ? LOAD(first + c) : LOAD(second + c - split)) + (addend ? (double)addend[c] : 0);
      total += sums[c] + pixels * pivot;
      squares += slope[c] + 2 * pivot * sums[c] + pixels * pivot * pivot;
    }
    double mean = total / count, variance = squares / count - mean * mean;
    float inverse = (float)(1.0 / __builtin_sqrt((variance > 0 ? variance : 0) + g->epsilon));
    for (int64_t c = start; c < start + size; c++) {
      center[c] = (float)mean - (addend ? addend[c] : 0);
      scale[c] = g->gamma[c] * inverse;
      shift[c] = g->beta[c] - center[c] * scale[c];
      offset[c] = inverse;
    }
  }
  NAME(backward_sums)(first, grad_out, channels, g->pixels, split, scale, shift, center, g->silu, gamma, beta);
  if (g->c_second)
    NAME(backward_sums)(second, grad_out + split, channels, g->pixels, g->c_second, scale + split, shift + split,
        center + split, g->silu, gamma + split, beta + split);
  for (int64_t start = 0; start < channels; start += size) {
    float inverse = offset[start];
    double through = 0, along = 0;
    for (int64_t c = start; c < start + size; c++) {
      gamma[c] *= inverse;
      through += g->gamma[c] * beta[c];
      along += g->gamma[c] * gamma[c];
    }
    for (int64_t c = start; c < start + size; c++) {
      float pivot = c < split ? LOAD(first + c) : LOAD(second + c - split);
      slope[c] = (float)(along / count) * inverse * inverse;
      offset[c] = (float)(through / count) * inverse;
      if (g->grad_addend) {
        float distance = sums[c] + (float)pixels * (pivot - center[c]);
        g->grad_addend[n * g->addend_stride + c] =
            beta[c] * scale[c] - distance * slope[c] - (float)pixels * offset[c];
      }
    }
  }
  if (g->grad_first)
    NAME(backward_rows)(first, grad_out, channels, g->pixels, split, scale, shift, center, slope, offset, g->silu,
        g->add_first, (T *)g->grad_first + n * g->pixels * split);
  if (g->grad_second)
    NAME(backward_rows)(second, grad_out + split, channels, g->pixels, g->c_second, scale + split, shift + split,
        center + split, slope + split, offset + split, g->silu, g->add_second,
        (T *)g->grad_second + n * g->pixels * g->c_second);
}

static void NAME(group_norm_backward_body)(void *context) {
  const hl_group_norm_backward *g = context;
  int64_t channels = g->c_first + g->c_second, from, to;
  float *parts = g->scratch, *work = parts + (g->n * 2 + omp_get_thread_num() * 6) * channels;
  share(g->n, &from, &to);
  for (int64_t n = from; n < to; n++) NAME(group_norm_backward_picture)(g, n, work, parts + n * 2 * channels);
  GOMP_barrier();
  add_parts(parts, g->n, channels, g->grad_gamma, g->grad_beta);
}

void NAME(hl_group_norm_backward)(const hl_group_norm_backward *g) {
  parallel(NAME(group_norm_backward_body), (void *)g);
}

PROCESSOR static void NAME(layer_norm_backward_rows)(
    const hl_layer_norm_backward *l, int64_t from, int64_t to, float *gamma, float *beta) {
#pragma clang fp reassociate(on) contract(fast)
  int64_t channels = l->channels;
  for (int64_t c = 0; c < channels; c++) gamma[c] = beta[c] = 0;
  for (int64_t r = from; r < to; r++) {
    const T *x = (const T *)l->x + r * channels, *grad = (const T *)l->grad_out + r * channels;
    T *out = (T *)l->grad_x + r * channels;
    float sum = 0, squares = 0, through = 0, along = 0;
    for (int64_t c = 0; c < channels; c++) sum += LOAD(x + c);
    float mean = sum / (float)channels;
    for (int64_t c = 0; c < channels; c++) {
      float d = LOAD(x + c) - mean;
      squares += d * d;
    }
    float inverse = 1.0f / __builtin_sqrtf(squares / (float)channels + l->epsilon);
    for (int64_t c = 0; c < channels; c++) {
      float normal = (LOAD(x + c) - mean) * inverse, g = LOAD(grad + c);
      gamma[c] += g * normal;
      beta[c] += g;
      g *= l->gamma[c];
      through += g;
      along += g * normal;
    }
    through /= (float)channels;
    along /= (float)channels;
    for (int64_t c = 0; c < channels; c++) {
      float normal = (LOAD(x + c) - mean) * inverse;
      float dx = inverse * (LOAD(grad + c) * l->gamma[c] - through - normal * along);
      if (l->add) dx += LOAD(out + c);
      STORE(out + c, dx);
    }
  }
}

static void NAME(layer_norm_backward_body)(void *context) {
  const hl_layer_norm_backward *l = context;
  int64_t chunks = (l->rows + NORM_ROWS - 1) / NORM_ROWS, from, to;
  share(chunks, &from, &to);
  for (int64_t i = from; i < to; i++) {
    int64_t end = (i + 1) * NORM_ROWS < l->rows ? (i + 1) * NORM_ROWS : l->rows;
    float *part = l->scratch + i * 2 * l->channels;
    NAME(layer_norm_backward_rows)(l, i * NORM_ROWS, end, part, part + l->channels);
  }
  GOMP_barrier();
  add_parts(l->scratch, chunks, l->channels, l->grad_gamma, l->grad_beta);
}

void NAME(hl_layer_norm_backward)(const hl_layer_norm_backward *l) {
  parallel(NAME(layer_norm_backward_body), (void *)l);
}

typedef struct {
  const T *gate, *factor, *grad_out;
  T *out, *grad_gate, *grad_factor;
  int64_t count;
} NAME(gelu_context);

PROCESSOR static void NAME(gelu_range)(const NAME(gelu_context) *g, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) {
    float x = LOAD(g->gate + i), density;
    STORE(g->out + i, x * normal_share(x, &density) * LOAD(g->factor + i));
  }
}

PROCESSOR static void NAME(gelu_backward_range)(const NAME(gelu_context) *g, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) {
    float x = LOAD(g->gate + i), grad = LOAD(g->grad_out + i), factor = LOAD(g->factor + i), density;
    float share = normal_share(x, &density);
    STORE(g->grad_factor + i, grad * x * share);
    STORE(g->grad_gate + i, grad * factor * (share + x * density));
  }
}

static void NAME(gelu_body)(void *context) {
  const NAME(gelu_context) *g = context;
  int64_t from, to;
  share(g->count, &from, &to);
  if (g->grad_out) NAME(gelu_backward_range)(g, from, to);
  else NAME(gelu_range)(g, from, to);
}

void NAME(hl_gelu_times)(const T *gate, const T *factor, T *out, int64_t count) {
  NAME(gelu_context) g = {gate, factor, 0, out, 0, 0, count};
  parallel(NAME(gelu_body), &g);
}

void NAME(hl_gelu_times_backward)(
    const T *gate, const T *factor, const T *grad_out, T *grad_gate, T *grad_factor, int64_t count) {
  NAME(gelu_context) g = {gate, factor, grad_out, 0, grad_gate, grad_factor, count};
  parallel(NAME(gelu_body), &g);
}

// The first output row or column that is a copy of source row or column `x`.
ALWAYS int64_t NAME(first_copy)(int64_t x, int64_t size, int64_t out_size) { return (x * out_size + size - 1) / size; }

PROCESSOR static void NAME(upsample_backward_pixel)(
    const hl_upsample_backward *u, const T *picture, int64_t y, int64_t x, T *out) {
  int64_t top = NAME(first_copy)(y, u->h, u->out_h), bottom = NAME(first_copy)(y + 1, u->h, u->out_h);
  int64_t left = NAME(first_copy)(x, u->w, u->out_w), right = NAME(first_copy)(x + 1, u->w, u->out_w);
  float sums[64];
  for (int64_t start = 0; start < u->channels; start += 64) {
    int64_t width = u->channels - start < 64 ? u->channels - start : 64;
    for (int64_t c = 0; c < width; c++) sums[c] = 0;
    for (int64_t row = top; row < bottom; row++)
      for (int64_t column = left; column < right; column++) {
        const T *from = picture + (row * u->out_w + column) * u->channels + start;
        for (int64_t c = 0; c < width; c++) sums[c] += LOAD(from + c);
      }
    for (int64_t c = 0; c < width; c++) STORE(out + start + c, sums[c]);
  }
}

static void NAME(upsample_backward_body)(void *context) {
  const hl_upsample_backward *u = context;
  int64_t from, to;
  share(u->n * u->h, &from, &to);
  for (int64_t row = from; row < to; row++) {
    const T *picture = (const T *)u->grad_out + row / u->h * u->out_h * u->out_w * u->channels;
    T *out = (T *)u->grad_x + row * u->w * u->channels;
    for (int64_t x = 0; x < u->w; x++)
      NAME(upsample_backward_pixel)(u, picture, row % u->h, x, out + x * u->channels);
  }
}

void NAME(hl_upsample_backward)(const hl_upsample_backward *u) { parallel(NAME(upsample_backward_body), (void *)u); }
