// --secret and --ssh.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "builder/build.h"

namespace ibuild::cli {

// id=ID[,src=FILE|,env=NAME|,cmd=COMMAND][,type=file|env]. Without a source: the variable named ID
// if there is one, else the file ID. Throws kUsage; a file that does not exist is found out here,
// before the build starts.
void AddSecret(std::map<std::string, builder::SecretSource>& secrets, const std::string& text);

// "default" is the agent of SSH_AUTH_SOCK; ID=SOCKET another one.
void AddSshAgent(std::map<std::string, std::filesystem::path>& agents, const std::string& text);

}  // namespace ibuild::cli
