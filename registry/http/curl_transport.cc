#include "registry/http/curl_transport.h"

#include "registry/http/curl_exchange.h"

namespace ibuild::registry {
namespace {

class ExchangeBody final : public ByteSource {
 public:
  explicit ExchangeBody(std::unique_ptr<CurlExchange> exchange) : exchange_(std::move(exchange)) {}
  std::size_t Read(std::span<std::byte> buffer) override { return exchange_->Read(buffer); }

 private:
  std::unique_ptr<CurlExchange> exchange_;
};

}  // namespace

CurlTransport::CurlTransport(CurlSettings settings)
    : settings_(std::move(settings)), pool_(std::make_shared<CurlPool>()) {}

CurlTransport::~CurlTransport() = default;

OriginSettings CurlTransport::SettingsFor(const Origin& origin) {
  const std::lock_guard lock(mutex_);
  const auto known = origins_.find(origin);
  if (known != origins_.end()) return known->second;
  OriginSettings settings;
  if (origin.scheme == Scheme::kHttps && settings_.tls_files) {
    settings.tls = settings_.tls_files(origin);
  }
  return origins_.emplace(origin, std::move(settings)).first->second;
}

void CurlTransport::ForgoExpect(const Origin& origin) {
  const std::lock_guard lock(mutex_);
  origins_[origin].expect_continue = false;
}

HttpResponse CurlTransport::Send(const HttpRequest& request) {
  const Origin& origin = request.url.origin();
  auto exchange = std::make_unique<CurlExchange>(pool_->Take(origin), pool_, request, settings_);
  exchange->Start(settings_, SettingsFor(origin));
  exchange->RunUntilHeaders();
  if (exchange->ExpectTimedOut()) ForgoExpect(origin);
  HttpResponse response(request.url);
  response.status = exchange->head().status();
  response.headers = exchange->head().TakeHeaders();
  response.peer = exchange->peer();
  response.body = std::make_unique<ExchangeBody>(std::move(exchange));
  return response;
}

}  // namespace ibuild::registry
