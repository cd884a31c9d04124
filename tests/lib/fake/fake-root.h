/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* A folder that looks like `/` to those who read `sys`, `proc` and `dev` of it: machines that are
 * not here. Device nodes are stood for by numbers of real ones, since only root makes such. */
typedef struct
{
  char *path;
} FakeRoot;

FakeRoot *fake_root_new (void);
void fake_root_free (FakeRoot *self);

void fake_root_write (FakeRoot *self, const char *name, const char *text);
void fake_root_link (FakeRoot *self, const char *name, const char *target);
void fake_root_remove (FakeRoot *self, const char *name);

void fake_root_add_function (FakeRoot *self, const char *address, const char *class,
                             const char *vendor, const char *device, int group);
void fake_root_bind (FakeRoot *self, const char *address, const char *driver);
void fake_root_add_node (FakeRoot *self, const char *address, const char *where,
                         const char *subsystem, const char *name, dev_t device);
void fake_root_set_module (FakeRoot *self, const char *module, int use_count);
void fake_root_add_process (FakeRoot *self, int pid, const char *command);
void fake_root_add_descriptor (FakeRoot *self, int pid, int fd, const char *target);

G_END_DECLS
