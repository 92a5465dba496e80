// Included once for each element type and kind of processor.
#define PROCESSOR PROCESSOR_INLINE
#include "product.inc.h"

#include "attention.inc.h"
#include "attention_map.inc.h"
#undef PROCESSOR
#undef PROCESSOR_INLINE
#undef ROWS
#undef VECTORS
#undef NAME
