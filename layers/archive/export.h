// Images on their way out and in: everything in archive/ under one name.
#pragma once

#include "layers/archive/image_archive.h"
#include "layers/archive/import_archive.h"
#include "layers/archive/make_exportable.h"
#include "layers/archive/rootfs_export.h"
