"""What scripts about HTML reports share: a program that has something to show, and a page's data."""

import base64
import gzip
import json
import re

from harness import ROOT

PAGE = ROOT / "reports" / "html"
LEAKING = """
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

struct Peer;
struct Session {
  std::shared_ptr<Peer> peer;
  char data[200];
};
struct Peer {
  std::shared_ptr<Session> session;
};
std::unordered_map<int, std::string> g_images;

void make_session() {
  auto session = std::make_shared<Session>();
  session->peer = std::make_shared<Peer>();
  session->peer->session = session;
}
char* parse(int n) { return new char[100 + n]; }
void load(int i) { g_images[i] = std::string(2000, 'x'); }

int main() {
  for (int i = 0; i < 20; ++i) make_session();
  for (int i = 0; i < 7; ++i) parse(i);
  for (int i = 0; i < 1100; ++i) {
    load(i);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}
"""


def data_of(page):
    text = page.read_text()
    packed = re.search(r'id="data">([^<]*)<', text)[1]
    return json.loads(gzip.decompress(base64.b64decode(packed)))
