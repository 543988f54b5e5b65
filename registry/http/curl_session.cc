#include "registry/http/curl_session.h"

#include <algorithm>

#include "support/error.h"

namespace ibuild::registry {

CurlShare::CurlShare(const CurlLibrary& curl) : curl_(curl), handle_(curl.share_init()) {
  if (handle_ == nullptr) throw Error(ErrorKind::kResourceExhausted, "libcurl has no memory");
  curl_.share_setopt(handle_, CURLSHOPT_USERDATA, static_cast<void*>(this));
  curl_.share_setopt(handle_, CURLSHOPT_LOCKFUNC, &CurlShare::Lock);
  curl_.share_setopt(handle_, CURLSHOPT_UNLOCKFUNC, &CurlShare::Unlock);
  curl_.share_setopt(handle_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  curl_.share_setopt(handle_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

CurlShare::~CurlShare() { curl_.share_cleanup(handle_); }

void CurlShare::Lock(CURL*, curl_lock_data data, curl_lock_access, void* self) {
  static_cast<CurlShare*>(self)->mutexes_[data].lock();
}

void CurlShare::Unlock(CURL*, curl_lock_data data, void* self) {
  static_cast<CurlShare*>(self)->mutexes_[data].unlock();
}

CurlSession::CurlSession(const CurlLibrary& curl, std::shared_ptr<CurlShare> share)
    : curl_(curl), share_(std::move(share)), multi_(curl.multi_init()), easy_(curl.easy_init()) {
  if (multi_ == nullptr || easy_ == nullptr) {
    throw Error(ErrorKind::kResourceExhausted, "libcurl has no memory");
  }
}

CurlSession::~CurlSession() {
  curl_.easy_cleanup(easy_);
  curl_.multi_cleanup(multi_);
}

std::unique_ptr<CurlSession> CurlPool::Take(const Origin& origin) {
  const std::lock_guard lock(mutex_);
  const CurlLibrary& curl = CurlLibrary::Get();
  if (!share_) share_ = std::make_shared<CurlShare>(curl);
  auto found = std::find_if(idle_.begin(), idle_.end(),
                            [&](const auto& session) { return session->last_origin == origin; });
  // A session's other connections stay alive meanwhile, so any will do before making a new one
  // only when there are many.
  if (found == idle_.end() && idle_.size() < 16) {
    return std::make_unique<CurlSession>(curl, share_);
  }
  if (found == idle_.end()) found = idle_.begin();
  std::unique_ptr<CurlSession> session = std::move(*found);
  idle_.erase(found);
  return session;
}

void CurlPool::GiveBack(std::unique_ptr<CurlSession> session) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(session));
}

}  // namespace ibuild::registry
