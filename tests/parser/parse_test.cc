#include "parser/parse.h"

#include <gtest/gtest.h>
