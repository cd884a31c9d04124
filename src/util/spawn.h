/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* For every process that is started. All our descriptors close by themselves when another program
 * begins, so none need be looked for and closed. Saying so lets GLib use posix_spawn(), which does
 * not copy this process with the locks that its threads happen to hold. */
#define HO_SPAWN G_SUBPROCESS_FLAGS_INHERIT_FDS
