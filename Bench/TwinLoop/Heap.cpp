#include "include/TwinLoop.h"

#include <malloc.h>

uint64_t twin_heap_bytes(void) {
    struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
}
