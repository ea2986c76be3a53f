/* A stand-in for the CUDA driver on machines without a GPU.
 *
 * NIXL's LIBFABRIC plugin is linked against libcuda.so.1, which only the NVIDIA driver can bring. These are the
 * functions that the plugin imports, and cuInit, which whoever asks for a GPU calls first. Each one answers as a
 * driver does that finds no GPU. There are no more on purpose: UCX's CUDA modules need dozens of others, so they
 * decline to load, exactly as they do where no driver is installed.
 *
 * The arguments are not read, so each prototype has as many words as the real one and nothing of its types.
 */

enum { CUDA_ERROR_NO_DEVICE = 100 };

int cuInit(unsigned flags);
int cuCtxSetCurrent(void *context);
int cuDeviceGetPCIBusId(char *bus_id, int bus_id_bytes, int device);
int cuPointerGetAttributes(unsigned count, void *attributes, void **values, unsigned long long pointer);

int cuInit(unsigned flags)
{
    (void)flags;
    return CUDA_ERROR_NO_DEVICE;
}

int cuCtxSetCurrent(void *context)
{
    (void)context;
    return CUDA_ERROR_NO_DEVICE;
}

int cuDeviceGetPCIBusId(char *bus_id, int bus_id_bytes, int device)
{
    (void)bus_id;
    (void)bus_id_bytes;
    (void)device;
    return CUDA_ERROR_NO_DEVICE;
}

int cuPointerGetAttributes(unsigned count, void *attributes, void **values, unsigned long long pointer)
{
    (void)count;
    (void)attributes;
    (void)values;
    (void)pointer;
    return CUDA_ERROR_NO_DEVICE;
}
