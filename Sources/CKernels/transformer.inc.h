// Included once for each element type, with T, LOAD, STORE, NAME and PROCESSOR defined.

PROCESSOR static void NAME(rms_norm_rows)(const hl_rms_norm *r, int64_t from, int64_t to) {
#pragma clang fp reassociate(on) contract(fast)
  const T *x = r->x;
  T *out = r->out;
  int64_t channels = r->channels;
  for (int64_t row = from; row < to; row++) {
    const T *source = x + row * channels;
    T *target = out + row * channels;
    float squares = 0;
    for (int64_t c = 0; c < channels; c++) squares += LOAD(source + c) * LOAD(source + c);
    float inverse = 1.0f / __builtin_sqrtf(squares / (float)channels + r->epsilon);
    for (int64_t c = 0; c < channels; c++) STORE(target + c, LOAD(source + c) * inverse * r->gamma[c]);
  }
}

static void NAME(rms_norm_body)(void *context) {
  const hl_rms_norm *r = context;
  int64_t from, to;
  share(r->rows, &from, &to);
  NAME(rms_norm_rows)(r, from, to);
}

void NAME(hl_rms_norm)(const hl_rms_norm *r) { parallel(NAME(rms_norm_body), (void *)r); }

PROCESSOR static void NAME(place_tokens)(const hl_heads *h, int64_t from, int64_t to) {
#pragma clang fp reassociate(on) contract(fast)
  const T *x = h->x;
  T *out = h->out;
  const int64_t dim = h->dim, half = dim / 2;
  float values[HL_LARGEST_HEAD];
  for (int64_t row = from; row < to; row++) {
    int64_t picture = row / h->tokens, token = row % h->tokens;
    const T *source = x + row * h->x_stride;
    T *target = out + (picture * h->out_tokens + h->first_token + token) * h->out_stride;
    if (!h->gamma && !h->cosines) {
      memcpy(target, source, (size_t)(h->heads * dim) * sizeof(T));
      continue;
    }
    for (int64_t head = 0; head < h->heads; head++, source += dim, target += dim) {
      for (int64_t c = 0; c < dim; c++) values[c] = LOAD(source + c);
      if (h->gamma) {
        float squares = 0;
        for (int64_t c = 0; c < dim; c++) squares += values[c] * values[c];
        float inverse = 1.0f / __builtin_sqrtf(squares / (float)dim + h->epsilon);
        for (int64_t c = 0; c < dim; c++) values[c] *= inverse * h->gamma[c];
      }
      if (h->cosines) {
        const float *cosines = h->cosines + token * half, *sines = h->sines + token * half;
        for (int64_t c = 0; c < half; c++) {
          float first = values[c], second = values[c + half];
          STORE(target + c, first * cosines[c] - second * sines[c]);
          STORE(target + c + half, second * cosines[c] + first * sines[c]);
        }
      } else {
        for (int64_t c = 0; c < dim; c++) STORE(target + c, values[c]);
      }
    }
  }
}

static void NAME(place_heads_body)(void *context) {
  const hl_heads *h = context;
  int64_t from, to;
  share(h->n * h->tokens, &from, &to);
  NAME(place_tokens)(h, from, to);
}

void NAME(hl_place_heads)(const hl_heads *h) { parallel(NAME(place_heads_body), (void *)h); }
