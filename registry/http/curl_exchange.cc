#include "registry/http/curl_exchange.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "registry/http/network_fault.h"
#include "support/error.h"
#include "support/text.h"

namespace ibuild::registry {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kNoticed{3};

// OpenSSL writes with write(2), which raises SIGPIPE on a closed connection. While libcurl runs the
// signal is held back in this thread and what arrived is thrown away.
class SigpipeGuard {
 public:
  SigpipeGuard() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &old_);
  }
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;
  ~SigpipeGuard() {
    const timespec now{};
    if (sigismember(&old_, SIGPIPE) == 0) sigtimedwait(&pipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &old_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t old_{};
};

CurlExchange& Self(void* self) { return *static_cast<CurlExchange*>(self); }

}  // namespace

CurlExchange::CurlExchange(std::unique_ptr<CurlSession> session, std::shared_ptr<CurlPool> pool,
                           const HttpRequest& request, const CurlSettings& settings)
    : session_(std::move(session)),
      pool_(std::move(pool)),
      curl_(session_->curl()),
      request_(request),
      error_text_(CURL_ERROR_SIZE, '\0'),
      stall_(settings.stall_minimum, settings.stall_window),
      settings_(settings) {}

CurlExchange::~CurlExchange() {
  if (session_) ReleaseSession();
}

void CurlExchange::ReleaseSession() {
  const SigpipeGuard guard;  // closing TLS writes too
  if (attached_) curl_.multi_remove_handle(session_->multi(), session_->easy());
  attached_ = false;
  if (failure_) {
    // libcurl keeps the buffer of a transfer that failed early, and then refuses to be told its
    // size again.
    session_.reset();
    return;
  }
  curl_.easy_reset(session_->easy());
  pool_->GiveBack(std::move(session_));
}

void CurlExchange::Start(const CurlSettings& settings, const OriginSettings& origin) {
  const CurlHandle handle(curl_, session_->easy());
  expects_continue_ = WantsContinue(request_, origin);
  handle.SetDefaults(settings, session_->share());
  handle.SetTarget(request_);
  header_list_ = handle.SetHeaders(request_, expects_continue_);
  handle.SetTls(origin, request_.trust);
  proxied_ = handle.SetProxy(request_.url, settings.proxy);
  SetCallbacks(handle);
  if (request_.body) upload_ = request_.body->open();
  session_->last_origin = request_.url.origin();
  const CURLMcode code = curl_.multi_add_handle(session_->multi(), session_->easy());
  if (code != CURLM_OK) throw Error(ErrorKind::kInternal, "libcurl takes no further request");
  attached_ = true;
}

void CurlExchange::SetCallbacks(const CurlHandle& handle) {
  void* self = this;
  handle.Set(CURLOPT_ERRORBUFFER, error_text_.data());
  handle.Set(CURLOPT_HEADERFUNCTION, &CurlExchange::OnHeader);
  handle.Set(CURLOPT_HEADERDATA, self);
  handle.Set(CURLOPT_WRITEFUNCTION, &CurlExchange::OnBody);
  handle.Set(CURLOPT_WRITEDATA, self);
  handle.Set(CURLOPT_READFUNCTION, &CurlExchange::OnUpload);
  handle.Set(CURLOPT_READDATA, self);
  handle.Set(CURLOPT_SEEKFUNCTION, &CurlExchange::OnSeek);
  handle.Set(CURLOPT_SEEKDATA, self);
  handle.Set(CURLOPT_OPENSOCKETFUNCTION, &CurlExchange::OnOpenSocket);
  handle.Set(CURLOPT_OPENSOCKETDATA, self);
  handle.Set(CURLOPT_PREREQFUNCTION, &CurlExchange::OnConnected);
  handle.Set(CURLOPT_PREREQDATA, self);
}

void CurlExchange::RunUntilHeaders() {
  while (!head_.complete() && !finished_) Pump();
  if (!head_.complete() && failure_) std::rethrow_exception(failure_);
  NotePeer();
}

std::size_t CurlExchange::Read(std::span<std::byte> buffer) {
  if (!buffer_.empty()) return buffer_.Take(buffer);
  buffer_.SetTarget(buffer);
  while (buffer_.TargetFilled() == 0 && !finished_) Pump();
  const std::size_t filled = buffer_.TargetFilled();
  buffer_.SetTarget({});
  if (filled == 0 && failure_) std::rethrow_exception(failure_);
  return filled;
}

void CurlExchange::Pump() {
  const SigpipeGuard guard;
  if (request_.stop.stop_requested()) throw Error(ErrorKind::kCancelled, "cancelled");
  if (paused_) {
    paused_ = false;
    curl_.easy_pause(session_->easy(), CURLPAUSE_CONT);
  }
  int running = 0;
  const CURLMcode code = curl_.multi_perform(session_->multi(), &running);
  if (code != CURLM_OK) throw Error(ErrorKind::kInternal, "libcurl cannot go on");
  if (running == 0) {
    TakeResult();
  } else {
    WaitForNetwork();
  }
}

// Waits only when the last step moved nothing, and feeds the clocks.
void CurlExchange::WaitForNetwork() {
  if (moved_ > 0) return CheckProgress({});
  const std::stop_callback wake(request_.stop, [this] {
    if (session_) curl_.multi_wakeup(session_->multi());
  });
  const auto before = Clock::now();
  curl_.multi_poll(session_->multi(), nullptr, 0, 1000, nullptr);
  CheckProgress(Clock::now() - before);
}

// The request is out; the server is at work and owes us a first byte.
bool CurlExchange::AwaitsAnswer() const {
  return !head_.complete() && (!request_.body || sent_ == request_.body->size);
}

void CurlExchange::CheckProgress(StallWatch::Duration waited) {
  const std::uint64_t moved = std::exchange(moved_, 0);
  TellOfSilence(waited, moved);
  if (AwaitsAnswer()) {
    answer_waited_ += waited;
    if (answer_waited_ < request_.first_byte_timeout) return;
    throw NetworkError(NetworkFault::kTimeout,
                       fmt::format("{} gave no answer in {} s", request_.url.origin().ToString(),
                                   request_.first_byte_timeout.count()));
  }
  if (!stall_.Stalled(waited, moved)) return;
  throw NetworkError(NetworkFault::kStalled, fmt::format("the transfer with {} has stalled",
                                                         request_.url.origin().ToString()));
}

// Once for each silence: who it is, how long by now, and for how long we are going to bear it.
void CurlExchange::TellOfSilence(StallWatch::Duration waited, std::uint64_t moved) {
  const auto before = moved > 0 ? StallWatch::Duration::zero() : silent_;
  silent_ = before + waited;
  if (!settings_.on_silence || before >= kNoticed || silent_ < kNoticed) return;
  const auto patience = AwaitsAnswer() ? request_.first_byte_timeout
                                       : std::chrono::ceil<std::chrono::seconds>(stall_.Left());
  settings_.on_silence(request_.url.origin(), std::chrono::floor<std::chrono::seconds>(silent_),
                       patience);
}

void CurlExchange::TakeResult() {
  int left = 0;
  CURLcode code = CURLE_OK;
  while (const CURLMsg* message = curl_.multi_info_read(session_->multi(), &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  finished_ = true;
  if (code != CURLE_OK) failure_ = FailureOf(code);
  NotePeer();
  ReleaseSession();
}

std::exception_ptr CurlExchange::FailureOf(CURLcode code) {
  if (upload_error_) return upload_error_;
  if (peer_refused_) {
    return std::make_exception_ptr(
        Error(ErrorKind::kPermissionDenied,
              fmt::format("refusing to follow a server's address to {}: it is not a public host",
                          request_.url.origin().ToString())));
  }
  const std::string_view text = Trim(error_text_.c_str());
  return std::make_exception_ptr(
      MakeNetworkError(code, text.empty() ? curl_.easy_strerror(code) : text, request_.url));
}

void CurlExchange::NotePeer() {
  if (!session_ || proxied_ || peer_ != AddressClass::kUnknown) return;
  const char* address = nullptr;
  (curl_.easy_getinfo)(session_->easy(), CURLINFO_PRIMARY_IP, &address);
  if (address != nullptr) peer_ = ClassifyHost(address);
}

bool CurlExchange::AllowsPeer(AddressClass peer) {
  if (!proxied_ && !Allows(request_.peers, peer)) peer_refused_ = true;
  return !peer_refused_;
}

std::size_t CurlExchange::Upload(std::span<std::byte> buffer) {
  try {
    const std::uint64_t left = request_.body ? request_.body->size - sent_ : 0;
    if (left == 0 || !upload_) return 0;
    const std::size_t room = std::min<std::uint64_t>(left, buffer.size());
    const std::size_t size = upload_->Read(buffer.first(room));
    if (size == 0) throw Error(ErrorKind::kCorrupt, "what is being sent ended early");
    sent_ += size;
    moved_ += size;
    return size;
  } catch (...) {
    upload_error_ = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

std::size_t CurlExchange::OnHeader(char* data, std::size_t size, std::size_t count, void* self) {
  CurlExchange& exchange = Self(self);
  exchange.moved_ += size * count;
  try {
    exchange.head_.TakeLine({data, size * count});
  } catch (...) {
    return 0;  // a NUL in a header: libcurl gives up on the answer
  }
  return size * count;
}

std::size_t CurlExchange::OnBody(char* data, std::size_t size, std::size_t count, void* self) {
  CurlExchange& exchange = Self(self);
  if (exchange.buffer_.Full()) {
    exchange.paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  exchange.buffer_.Append(AsBytes({data, size * count}));
  exchange.moved_ += size * count;
  return size * count;
}

std::size_t CurlExchange::OnUpload(char* data, std::size_t size, std::size_t count, void* self) {
  return Self(self).Upload(std::as_writable_bytes(std::span(data, size * count)));
}

// libcurl sends again from the start when a connection that it kept alive turns out to be dead. Who
// has a way of going on in the middle does not want that: the server may have kept what it got.
int CurlExchange::OnSeek(void* self, curl_off_t offset, int origin) {
  CurlExchange& exchange = Self(self);
  const bool repeatable = exchange.request_.body && exchange.request_.retry == RetryRule::kRetry;
  if (offset != 0 || origin != SEEK_SET || !repeatable) return CURL_SEEKFUNC_CANTSEEK;
  try {
    exchange.upload_ = exchange.request_.body->open();
    exchange.sent_ = 0;
    return CURL_SEEKFUNC_OK;
  } catch (...) {
    exchange.upload_error_ = std::current_exception();
    return CURL_SEEKFUNC_FAIL;
  }
}

curl_socket_t CurlExchange::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  if (!Self(self).AllowsPeer(ClassifyAddress(address->addr))) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// A connection that was opened for another request is looked at again.
int CurlExchange::OnConnected(void* self, char* peer, char*, int, int) {
  return Self(self).AllowsPeer(ClassifyHost(peer)) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

}  // namespace ibuild::registry
