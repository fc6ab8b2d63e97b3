#include "link_session.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "controlplane/console/gateways/message_check.h"
#include "controlplane/console/store/clock.h"
#include "streams.h"

namespace sekisho::console {

namespace v1 = link::v1;

LinkSession::LinkSession(LinkServices services, std::shared_ptr<Wire> wire, PeerCertificate peer,
                         StreamName name)
    : services_(services), wire_(std::move(wire)), peer_(std::move(peer)), name_(std::move(name)) {}

// ---- what happens to it, on any thread ----

void LinkSession::received(v1::FromGateway message) {
  const std::scoped_lock lock(mutex_);
  heard_ = Clock::now();
  message_ = std::move(message);
  schedule_locked();
}

void LinkSession::look() {
  const std::scoped_lock lock(mutex_);
  look_wanted_ = true;
  schedule_locked();
}

void LinkSession::end(const Refusal& why) {
  {
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(ending_, true)) ending_since_ = Clock::now();
  }
  wire_->finish(why);
}

void LinkSession::ended() {
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  schedule_locked();
}

void LinkSession::tick(Clock::time_point now) {
  bool overdue = false, no_hello = false, silent = false, speak = false, look_again = false;
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    overdue = ending_ && now - ending_since_ > kEndTime;
    if (ending_ && !overdue) return;
    const bool busy = writing_ || message_;
    no_hello = !welcomed_ && !busy && now - started_ > kHelloTime;
    silent = !busy && now - heard_ > kSilence;
    speak = welcomed_ && now - said_ > std::chrono::seconds(kHeartbeatSeconds) / 2;
    look_again = look_later_ || now - looked_ > kLookInterval;
  }
  if (overdue) return wire_->abort();
  if (no_hello) return end({End::deadline_exceeded, "no Hello came"});
  if (silent) return end({End::deadline_exceeded, "nothing was heard for 45 s"});
  if (speak) send({});  // an empty message says that we are there
  if (look_again) look();
}

void LinkSession::schedule() {
  const std::scoped_lock lock(mutex_);
  schedule_locked();
}

void LinkSession::schedule_locked() {
  if (std::exchange(scheduled_, true)) return;
  services_.pool.post([self = shared_from_this()] { self->run(); });
}

// ---- one thing after another, on the pool ----

void LinkSession::run() {
  for (bool more = true; more;) {
    try {
      more = run_next();
    } catch (const std::exception& problem) {
      spdlog::warn("gateway {}: {}", peer_.gateway, problem.what());
      end({End::unavailable, "the console's database is in trouble"});
    }
  }
}

bool LinkSession::run_next() {
  std::function<void()> next;
  {
    const std::scoped_lock lock(mutex_);
    scheduled_ = false;  // unless there is something to do
    if (continuation_) {
      next = std::exchange(continuation_, nullptr);
    } else if (ended_ && !writing_) {
      if (std::exchange(left_, true)) return false;
      next = [this] { leave(); };
    } else if (writing_ || ending_) {
      return false;  // its end will run us again
    } else if (welcomed_ && (all_ratings_changed_ || !changed_ratings_.empty())) {
      next = [this] { tell_changed_ratings(); };
    } else if (message_) {
      next = [this, message = std::move(*message_)]() mutable { handle(std::move(message)); };
      message_.reset();
    } else if (look_wanted_ && welcomed_) {
      look_wanted_ = false;
      next = [this] { look_now(); };
    }
    if (!next) return false;
    scheduled_ = true;
  }
  next();
  return true;
}

void LinkSession::write(std::size_t bytes, std::function<void(GroupTransaction&)> work,
                        std::function<void()> then) {
  {
    const std::scoped_lock lock(mutex_);
    writing_ = true;
  }
  services_.writer.submit(
      {peer_.gateway, bytes, std::move(work),
       [self = shared_from_this(), then = std::move(then)](const std::exception_ptr& problem) {
         self->written(problem, then);
       }});
}

void LinkSession::written(const std::exception_ptr& problem, std::function<void()> then) {
  if (!problem) return resume(std::move(then));
  resume([this, problem] {
    try {
      std::rethrow_exception(problem);
    } catch (const Refused& refused) {
      end(refused.refusal());
    }
  });
}

void LinkSession::resume(std::function<void()> continuation) {
  const std::scoped_lock lock(mutex_);
  writing_ = false;
  continuation_ = std::move(continuation);
  schedule_locked();
}

void LinkSession::send(v1::ToGateway message) {
  {
    const std::scoped_lock lock(mutex_);
    said_ = Clock::now();
  }
  wire_->send(std::make_shared<const v1::ToGateway>(std::move(message)));
}

void LinkSession::done_with_message() { wire_->read_next(); }

void LinkSession::leave() {
  const auto remove = [self = shared_from_this()] { self->services_.streams.remove(self); };
  if (owner_.gateway.empty()) return remove();
  auto asked = std::make_shared<std::vector<std::string>>();
  for (const auto& [id, question] : diagnostics_) asked->push_back(id);
  services_.writer.submit({peer_.gateway, 0,
                           [self = shared_from_this(), asked](GroupTransaction& transaction) {
                             release(transaction.session, self->peer_.gateway, self->name_);
                             for (const auto& id : *asked)
                               console::finish_diagnostic(
                                   transaction.session, self->peer_.gateway,
                                   {id, true, "{}", "the connection to the gateway was lost", ""});
                           },
                           [remove, gateway = peer_.gateway](const std::exception_ptr& problem) {
                             if (problem)
                               spdlog::warn("gateway {}: its end could not be written down",
                                            gateway);
                             remove();
                           }});
}

// ---- what the gateway says ----

void LinkSession::handle(v1::FromGateway message) {
  if (auto checked = check_message(message); !checked)
    return end({End::invalid_argument, checked.error().message});
  const bool is_hello = message.message_case() == v1::FromGateway::kHello;
  if (is_hello == !owner_.gateway.empty())
    return end(
        {End::invalid_argument, is_hello ? "a second Hello" : "the first message is no Hello"});
  switch (message.message_case()) {
    case v1::FromGateway::kHello:
      return handle_hello(message.hello());
    case v1::FromGateway::kStatus:
      return handle_status(message.status());
    case v1::FromGateway::kPolicy:
      return handle_policy(message.policy());
    case v1::FromGateway::kContent:
      return handle_content(message.content());
    case v1::FromGateway::kEvents:
      return handle_events(
          std::make_shared<const v1::EventBatch>(std::move(*message.mutable_events())));
    case v1::FromGateway::kDiagnostic:
      return handle_diagnostic(message.diagnostic());
    case v1::FromGateway::kKeyPinned:
      return handle_key(message.key_pinned());
    case v1::FromGateway::kReputation:
      return handle_reputation(message.reputation());
    case v1::FromGateway::kDatabase:
      return handle_database(message.database());
    case v1::FromGateway::kContentWanted:
      return handle_content_wanted();
    case v1::FromGateway::MESSAGE_NOT_SET:  // it is there, or of a newer version than this console
      return done_with_message();
  }
}

void LinkSession::handle_hello(const v1::Hello& hello) {
  auto said = std::make_shared<const v1::Hello>(hello);
  auto admission = std::make_shared<Admission>();
  write(
      0,
      [this, said, admission](GroupTransaction& transaction) {
        *admission = admit(transaction, peer_, name_, *said, unix_ms());
      },
      [this, said, admission] { welcome(*admission, *said); });
}

void LinkSession::welcome(const Admission& admission, const v1::Hello& hello) {
  owner_ = {peer_.gateway, peer_.tenant, admission.gateway_number};
  // Whoever had the gateway until now sees in its row that this is over.
  for (const auto& other : services_.streams.of(peer_.gateway))
    if (other.get() != this) other->look();
  v1::ToGateway message;
  auto& welcome = *message.mutable_welcome();
  welcome.set_events_stored(admission.events_stored);
  welcome.set_status_interval_seconds(kStatusSeconds);
  welcome.set_heartbeat_seconds(kHeartbeatSeconds);
  welcome.set_answers_reputation(true);
  send(std::move(message));
  if (admission.confirm_version != 0) {
    v1::ToGateway confirmation;
    confirmation.mutable_confirmation()->set_version(admission.confirm_version);
    send(std::move(confirmation));
  }
  takes_content_ = hello.has_content();
  takes_databases_ = hello.content().databases_size() > 0;
  if (hello.has_status())
    services_.statuses.report(peer_.gateway, name_, hello.status(), unix_ms());
  {
    const std::scoped_lock lock(mutex_);
    welcomed_ = true;
    look_wanted_ = true;
  }
  done_with_message();
}

void LinkSession::handle_status(const v1::StatusReport& report) {
  services_.statuses.report(peer_.gateway, name_, report, unix_ms());
  done_with_message();
}

void LinkSession::handle_policy(const v1::PolicyReport& report) {
  auto said = std::make_shared<const v1::PolicyReport>(report);
  auto confirm = std::make_shared<std::uint64_t>(0);
  write(
      0,
      [this, said, confirm](GroupTransaction& transaction) {
        hold(transaction, peer_.gateway, name_);
        *confirm = record_policy(transaction, peer_, *said, unix_ms());
      },
      [this, confirm] {
        if (*confirm != 0) {
          v1::ToGateway message;
          message.mutable_confirmation()->set_version(*confirm);
          send(std::move(message));
        }
        done_with_message();
      });
}

void LinkSession::handle_content(const v1::ContentReport& report) {
  auto said = std::make_shared<const v1::ContentReport>(report);
  write(
      0,
      [this, said](GroupTransaction& transaction) {
        hold(transaction, peer_.gateway, name_);
        record_content(transaction.session, peer_, *said, unix_ms());
      },
      [this] { done_with_message(); });
}

void LinkSession::handle_events(const std::shared_ptr<const v1::EventBatch>& batch) {
  {
    const std::scoped_lock lock(mutex_);
    writing_ = true;  // nothing else until there is room
  }
  const auto self = shared_from_this();
  if (!services_.writer.has_room(
          [self, batch] { self->resume([self, batch] { self->handle_events(batch); }); }))
    return;
  {
    const std::scoped_lock lock(mutex_);
    writing_ = false;
  }
  auto lines = read_event_batch(*batch, unix_ms());
  if (!lines) return end({End::invalid_argument, lines.error().message});
  store(std::make_shared<const EventLines>(std::move(*lines)));
}

void LinkSession::store(const std::shared_ptr<const EventLines>& lines) {
  auto stored = std::make_shared<std::uint64_t>(0);
  write(
      lines->bytes,
      [this, lines, stored](GroupTransaction& transaction) {
        *stored = store_lines(transaction, owner_, *lines);
      },
      [this, lines, stored] {
        v1::ToGateway message;
        message.mutable_events_stored()->set_epoch(lines->epoch);
        message.mutable_events_stored()->set_sequence(*stored);
        send(std::move(message));
        done_with_message();
      });
}

}  // namespace sekisho::console
