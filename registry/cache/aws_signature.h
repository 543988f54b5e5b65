// AWS Signature Version 4 for requests to S3 and what speaks like it ("Authenticating Requests
// (AWS Signature Version 4)" of the Amazon S3 API reference). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "registry/http/message.h"
#include "support/clock.h"
#include "support/secret.h"

namespace ibuild::registry {

struct AwsCredentials {
  std::string key_id;
  Secret secret_key;
  Secret session_token;  // empty: none
};

// SHA-256 in hexadecimal, as SignAws is told of a request's body.
std::string PayloadHash(std::string_view body);

// "20130524T000000Z"
std::string AwsTime(UnixTime time);

// Adds Host's peers x-amz-date, x-amz-content-sha256, x-amz-security-token and Authorization; all
// headers that are there already are signed too. `payload`: PayloadHash of the body.
void SignAws(HttpRequest& request, const AwsCredentials& credentials, std::string_view region,
             std::string_view payload, UnixTime now);

}  // namespace ibuild::registry
