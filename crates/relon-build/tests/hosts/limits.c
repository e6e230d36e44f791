#include <stddef.h>
#include <stdint.h>

const int64_t hosts_limits[3] = {10, 200, 3000};
int64_t hosts_total;

int64_t hosts_sum(const int64_t *numbers, size_t count) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += numbers[i];
    return sum;
}

int64_t hosts_count(int64_t step) {
    static int64_t count;
    count += step;
    return count;
}
