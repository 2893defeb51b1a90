// A handler that runs after the recorder's last one allocates; the program ends as ever.
// link: late.plugin
// expect: {"status": 0, "states": ["complete"]}
int late_answer(void);

int main(void) {
  return late_answer() == 7 ? 0 : 1;
}
