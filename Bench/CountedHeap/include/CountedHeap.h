// A heap that counts, for the program that links it and its libraries: malloc and its relatives, in front of glibc's own.
#pragma once
#include <stdint.h>

/// How many blocks all threads have asked for so far, in whatever way.
uint64_t counted_heap_calls(void);
