// Event bus with request/reply. FLAGGED although the container evicts all the time: every request
// subscribes to "reply" and seven in eight unsubscribe (RAII). A request that times out detaches
// its subscription, expecting the late reply to remove it, and the late reply never comes. So
// EventBus::topics_["reply"] lets most of its entries go again, but the remainder grows steadily.
// The other topics have a fixed set of subscribers.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

struct Event {
  virtual ~Event() = default;
  virtual std::string Describe() const = 0;
};

struct ReplyEvent : Event {
  explicit ReplyEvent(uint64_t id, std::string text) : correlation(id), body(std::move(text)) {}
  std::string Describe() const override {
    return "reply to " + std::to_string(correlation) + ": " + body;
  }
  uint64_t correlation;
  std::string body;
};

struct TickEvent : Event {
  explicit TickEvent(int n) : number(n) {}
  std::string Describe() const override { return "tick number " + std::to_string(number); }
  int number;
};

class EventBus {
 public:
  using Handler = std::function<void(const Event&)>;

  class Subscription {
   public:
    Subscription(EventBus* bus, std::string topic, uint64_t id)
        : bus_(bus), topic_(std::move(topic)), id_(id) {}
    Subscription(Subscription&& other) noexcept
        : bus_(std::exchange(other.bus_, nullptr)),
          topic_(std::move(other.topic_)),
          id_(other.id_) {}
    ~Subscription() {
      if (bus_)
        bus_->Unsubscribe(topic_, id_);
    }
    void Detach() { bus_ = nullptr; }

   private:
    EventBus* bus_;
    std::string topic_;
    uint64_t id_;
  };

  [[nodiscard]] Subscription Subscribe(const std::string& topic, Handler handler) {
    const uint64_t id = next_id_++;
    topics_[topic].push_back({id, std::make_unique<Handler>(std::move(handler))});
    return Subscription(this, topic, id);
  }

  void Publish(const std::string& topic, const Event& event) {
    auto it = topics_.find(topic);
    if (it == topics_.end())
      return;
    for (auto& slot : it->second)
      (*slot.handler)(event);
  }

  size_t Subscribers(const std::string& topic) const { return topics_.at(topic).size(); }

 private:
  struct Slot {
    uint64_t id;
    std::unique_ptr<Handler> handler;
  };

  void Unsubscribe(const std::string& topic, uint64_t id) {
    std::erase_if(topics_[topic], [id](const Slot& slot) { return slot.id == id; });
  }

  std::map<std::string, std::vector<Slot>> topics_;
  uint64_t next_id_ = 1;
};

class RpcClient {
 public:
  RpcClient(EventBus& bus, uint32_t seed) : bus_(bus), rng_(seed) {}

  // Returns what came back, or an empty text after a time-out.
  std::string Call(const std::string& method) {
    const uint64_t id = ++last_;
    auto answer = std::make_shared<std::string>();
    auto subscription = bus_.Subscribe("reply", [answer, id, method](const Event& event) {
      const auto& reply = static_cast<const ReplyEvent&>(event);
      if (reply.correlation == id)
        *answer = method + " -> " + reply.Describe();
    });
    if (rng_() % 8 == 0) {
      subscription.Detach();  // "the late reply will clean up"
      ++timeouts_;
      return {};
    }
    bus_.Publish("reply", ReplyEvent(id, std::string(30 + rng_() % 60, 'x')));
    return *answer;
  }
  int timeouts() const { return timeouts_; }

 private:
  EventBus& bus_;
  std::mt19937 rng_;
  uint64_t last_ = 0;
  int timeouts_ = 0;
};

int main(int argc, char** argv) {
  using namespace std::chrono;
  const auto stop = steady_clock::now() + milliseconds(argc > 1 ? std::atoi(argv[1]) : 5000);
  static EventBus& bus = *new EventBus;
  size_t logged = 0, received = 0;
  auto log = bus.Subscribe("tick", [&](const Event& e) { logged += e.Describe().size(); });
  auto watchdog = bus.Subscribe("tick", [&](const Event&) { ++logged; });
  RpcClient client(bus, 5);
  for (int n = 0; steady_clock::now() < stop; ++n) {
    for (int i = 0; i < 4; ++i)
      received += client.Call(i % 2 ? "inventory.lookup" : "price.quote").size();
    bus.Publish("tick", TickEvent(n));
    std::this_thread::sleep_for(milliseconds(3));
  }
  std::printf("received %zu logged %zu timeouts %d\n", received, logged, client.timeouts());
  std::printf("truth: {\"flagged\": true, \"owner\": \"EventBus::topics_\", \"entries\": %zu}\n",
              bus.Subscribers("reply"));
}
