// The rules, each a record. Docker's come first, in the words of its own documentation.
#include "parser/check/lint_rules.h"

namespace ibuild::parser {
namespace {

constexpr LintRule kRules[] = {
    {"StageNameCasing", "Stage names should be lowercase", false, true, CheckStageNameCasing},
    {"FromAsCasing", "The 'as' keyword should match the case of the 'from' keyword", false, true,
     CheckFromAsCasing},
    {"NoEmptyContinuation", "Empty continuation lines will become errors in a future release",
     false, true, CheckNoEmptyContinuation},
    {"ConsistentInstructionCasing",
     "All commands within the Dockerfile should use the same casing (either upper or lower)", false,
     true, CheckConsistentInstructionCasing},
    {"DuplicateStageName", "Stage names should be unique", false, true, CheckDuplicateStageName},
    {"ReservedStageName", "Reserved words should not be used as stage names", false, true,
     CheckReservedStageName},
    {"JSONArgsRecommended",
     "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS "
     "signals",
     false, true, CheckJsonArgsRecommended},
    {"MaintainerDeprecated",
     "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
     false, true, CheckMaintainerDeprecated},
    {"UndefinedArgInFrom", "FROM command must use declared ARGs", false, true,
     CheckUndefinedArgInFrom},
    {"WorkdirRelativePath",
     "Relative workdir without an absolute workdir declared within the build can have unexpected "
     "results if the base image changes",
     false, true, CheckWorkdirRelativePath},
    {"UndefinedVar", "Variables should be defined before their use", false, true,
     CheckUndefinedVar},
    {"MultipleInstructionsDisallowed",
     "Multiple instructions of the same type should not be used in the same stage", false, true,
     CheckMultipleInstructionsDisallowed},
    {"LegacyKeyValueFormat", "Legacy key/value format with whitespace separator should not be used",
     false, true, CheckLegacyKeyValueFormat},
    {"InvalidBaseImagePlatform", "Base image platform does not match expected target platform",
     false, true, CheckInvalidBaseImagePlatform},
    {"RedundantTargetPlatform",
     "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default "
     "behavior",
     false, true, CheckRedundantTargetPlatform},
    {"SecretsUsedInArgOrEnv", "Sensitive data should not be used in the ARG or ENV commands", false,
     true, CheckSecretsUsedInArgOrEnv},
    {"InvalidDefaultArgInFrom",
     "Default value for global ARG results in an empty or invalid base image name", false, true,
     CheckInvalidDefaultArgInFrom},
    {"FromPlatformFlagConstDisallowed", "FROM --platform flag should not use a constant value",
     false, true, CheckFromPlatformFlagConstDisallowed},
    {"CopyIgnoredFile", "Attempting to Copy file that is excluded by .dockerignore", false, true,
     CheckCopyIgnoredFile},
    {"InvalidDefinitionDescription",
     "Comment for build stage or argument should follow the format: `# <arg/stage name> "
     "<description>`. If this is not intended to be a description comment, add an empty line or "
     "comment between the instruction and the comment.",
     true, true, CheckInvalidDefinitionDescription},
    {"ExposeProtoCasing", "Protocol in EXPOSE instruction should be lowercase", false, true,
     CheckExposeProtoCasing},
    {"ExposeInvalidFormat",
     "IP address and host-port mapping should not be used in EXPOSE instruction. This will "
     "become "
     "an error in a future release",
     false, true, CheckExposeInvalidFormat},
    {"SecretArgInRun", "A secret given as a build argument stays in the image's history", false,
     false, CheckSecretArgInRun},
    {"AptUpdateAlone", "A package list in a step of its own is cached until it is stale", false,
     false, CheckAptUpdateAlone},
    {"AptInstallWithoutYes", "apt-get asks a question that nobody can answer during a build", false,
     false, CheckAptInstallWithoutYes},
    {"AddInsteadOfCopy", "ADD unpacks archives and fetches URLs; COPY only copies", false, false,
     CheckAddInsteadOfCopy},
    {"UnpinnedBaseImage", "A reproducible build needs base images pinned by digest", false, false,
     CheckUnpinnedBaseImage},
    {"LatestTag", "The tag latest is another image tomorrow", false, false, CheckLatestTag},
    {"CopyBeforeInstall",
     "Copying everything before dependencies are installed repeats the installation after every "
     "edit",
     false, false, CheckCopyBeforeInstall},
    {"CopyManyWithoutSlash",
     "Several sources overwrite one another in a destination that does not end with a slash", false,
     false, CheckCopyManyWithoutSlash},
    {"HeredocWithoutErrexit", "A here-document goes on after a command that fails", false, false,
     CheckHeredocWithoutErrexit},
    {"LostShellState", "What a RUN does to its own shell ends with it", false, false,
     CheckLostShellState},
    {"SudoInRun", "A build step has no one to become root from", false, false, CheckSudoInRun},
    {"TrailingComment", "Only a line of its own is a comment", false, false, CheckTrailingComment},
};

}  // namespace

std::span<const LintRule> LintRules() { return kRules; }

}  // namespace ibuild::parser
