#include "CKernelsTransformer.h"
#include "parallel.h"
#include "scalar.h"

#define T float
#define LOAD load_f32
#define STORE store_f32
#define NAME(x) x##_f32
#define PROCESSOR FOR_EACH_PROCESSOR
#include "transformer.inc.h"
#undef T
#undef LOAD
#undef STORE
#undef NAME
#undef PROCESSOR

#define T uint16_t
#define LOAD load_bf16
#define STORE store_bf16
#define NAME(x) x##_bf16
#define PROCESSOR FOR_BF16
#include "transformer.inc.h"
