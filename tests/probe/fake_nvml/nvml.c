/* A small libnvidia-ml.so.1 for tests. It answers from the file named by FAKE_NVML, read anew at each
 * call, so that a test changes the machine while it runs. One `key=value` a line:
 *
 *   init=9            nvmlInit fails with that NVML error
 *   count=2           how many GPUs there are
 *   hang_ms=10000     every call sleeps so long (a driver that hangs)
 *   0.lost=1          GPU 0 fell off the bus
 *   0.util=37  0.used=1000  0.total=8000  0.temp=61  0.power=71500   (MB; milliwatts)
 *   0.proc=4711:900   a process on it and its MB; several lines; 4711:? where NVML does not know
 *   0.mig=2           MIG divides it in two; 100.used, 100.total are those of its first part, 200.… of the second
 *
 * What is not named is "not supported".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, GPU_IS_LOST = 15, UNKNOWN = 999 };

typedef struct { unsigned int gpu, memory; } Utilization;
typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned int pid; unsigned long long used; unsigned int gpu_instance, compute_instance; } Process;

static int lookup(const char *key, int nth, char *value, size_t size) {
    const char *path = getenv("FAKE_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[256];
    int found = 0;
    size_t length = strlen(key);
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, key, length) == 0 && line[length] == '=' && nth-- == 0) {
            snprintf(value, size, "%s", line + length + 1);
            found = 1;
            break;
        }
    }
    if (file) fclose(file);
    return found;
}

static long number(const char *key, long otherwise) {
    char value[64];
    return lookup(key, 0, value, sizeof value) ? atol(value) : otherwise;
}

static long of_gpu(void *device, const char *what) {
    char key[64];
    snprintf(key, sizeof key, "%ld.%s", (long)device - 1, what);
    return number(key, -1);
}

static void hang(void) {
    long ms = number("hang_ms", 0);
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    if (ms) nanosleep(&pause, NULL);
}

static int enter(void *device) {
    hang();
    return of_gpu(device, "lost") > 0 ? GPU_IS_LOST : SUCCESS;
}

static int ask(void *device, const char *what, unsigned int *answer) {
    int state = enter(device);
    long value = of_gpu(device, what);
    if (state != SUCCESS) return state;
    if (value < 0) return NOT_SUPPORTED;
    *answer = (unsigned int)value;
    return SUCCESS;
}

int nvmlInitWithFlags(unsigned int flags) { (void)flags; hang(); return (int)number("init", SUCCESS); }
int nvmlShutdown(void) { return SUCCESS; }
const char *nvmlErrorString(int error) { return error == GPU_IS_LOST ? "GPU is lost" : "an error of the fake"; }

int nvmlDeviceGetCount_v2(unsigned int *count) {
    long value = number("count", -1);
    hang();
    if (value < 0) return UNKNOWN;
    *count = (unsigned int)value;
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device) {
    if (index >= (unsigned int)number("count", 0)) return INVALID_ARGUMENT;
    *device = (void *)((long)index + 1);
    return enter(*device);
}

int nvmlDeviceGetUUID(void *device, char *uuid, unsigned int size) {
    long number_of = (long)device - 1;
    if (number_of < 100) snprintf(uuid, size, "GPU-fake-%ld", number_of);
    else snprintf(uuid, size, "MIG-fake-%ld-%ld", number_of % 100, number_of / 100 - 1);
    return enter(device);
}

int nvmlDeviceGetMigMode(void *device, unsigned int *current, unsigned int *pending) {
    if (of_gpu(device, "mig") < 0) return NOT_SUPPORTED;
    *current = *pending = 1;
    return enter(device);
}

int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned int *count) {
    *count = 7;
    return enter(device);
}

int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned int index, void **part) {
    if ((long)index >= of_gpu(device, "mig")) return NOT_FOUND;
    *part = (void *)((long)device + 100 * ((long)index + 1));
    return enter(*part);
}

int nvmlDeviceGetName(void *device, char *name, unsigned int size) {
    snprintf(name, size, "Fake GPU %ld", (long)device - 1);
    return enter(device);
}

int nvmlDeviceGetUtilizationRates(void *device, Utilization *rates) {
    rates->memory = 0;
    return ask(device, "util", &rates->gpu);
}

int nvmlDeviceGetMemoryInfo(void *device, Memory *memory) {
    int state = enter(device);
    if (state != SUCCESS) return state;
    if (of_gpu(device, "total") < 0) return NOT_SUPPORTED;
    memory->total = (unsigned long long)of_gpu(device, "total") << 20;
    memory->used = (unsigned long long)of_gpu(device, "used") << 20;
    memory->free = memory->total - memory->used;
    return SUCCESS;
}

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned int *celsius) {
    (void)sensor;
    return ask(device, "temp", celsius);
}

int nvmlDeviceGetPowerUsage(void *device, unsigned int *milliwatts) { return ask(device, "power", milliwatts); }

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned int *count, Process *processes) {
    char key[64], value[64];
    unsigned int found = 0, room = *count;
    int state = enter(device);
    if (state != SUCCESS) return state;
    snprintf(key, sizeof key, "%ld.proc", (long)device - 1);
    while (lookup(key, (int)found, value, sizeof value)) {
        char *colon = strchr(value, ':');
        if (processes && found < room && colon) {
            memset(&processes[found], 0, sizeof *processes);
            processes[found].pid = (unsigned int)atol(value);
            processes[found].used = colon[1] == '?' ? ~0ULL : (unsigned long long)atol(colon + 1) << 20;
        }
        found++;
    }
    *count = found;
    return found > room ? INSUFFICIENT_SIZE : SUCCESS;
}
