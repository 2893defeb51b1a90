// A library that is loaded and unloaded; LIBTRACK_ROOM makes its frames unlike the other one's.
volatile char plugin_sink;

extern "C" void plugin_call(void (*leaf)(void*), void* data) {
  volatile char room[LIBTRACK_ROOM];
  room[0] = 1;
  leaf(data);
  plugin_sink = room[0];
}
