/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake-root.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char *
resolve (FakeRoot *self, const char *name)
{
  char *path = g_build_filename (self->path, name, NULL);
  g_autofree char *dir = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (dir, 0755), ==, 0);
  return path;
}

static void
make_dir (FakeRoot *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
}

/* With process 2 being the kernel's, as it is where all processes can be seen. */
FakeRoot *
fake_root_new (void)
{
  FakeRoot *self = g_new0 (FakeRoot, 1);
  g_autoptr (GError) error = NULL;

  self->path = g_dir_make_tmp ("handover-test-XXXXXX", &error);
  g_assert_no_error (error);
  make_dir (self, "sys/bus/pci/devices");
  make_dir (self, "dev");
  fake_root_add_process (self, 1, "init");
  fake_root_add_process (self, 2, "kthreadd");
  return self;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir
      = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  remove (path);
}

void
fake_root_free (FakeRoot *self)
{
  remove_tree (self->path);
  g_free (self->path);
  g_free (self);
}

void
fake_root_write (FakeRoot *self, const char *name, const char *text)
{
  g_autofree char *path = resolve (self, name);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

void
fake_root_link (FakeRoot *self, const char *name, const char *target)
{
  g_autofree char *path = resolve (self, name);

  unlink (path);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

void
fake_root_remove (FakeRoot *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);

  remove_tree (path);
}

static char *
function_file (const char *address, const char *name)
{
  return g_build_filename ("sys/bus/pci/devices", address, name, NULL);
}

static void
write_attribute (FakeRoot *self, const char *address, const char *name, const char *text)
{
  g_autofree char *file = function_file (address, name);
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  fake_root_write (self, file, line);
}

void
fake_root_add_function (FakeRoot *self, const char *address, const char *class, const char *vendor,
                        const char *device, int group)
{
  g_autofree char *link = function_file (address, "iommu_group");
  g_autofree char *target = g_strdup_printf ("../../../../kernel/iommu_groups/%d", group);
  g_autofree char *modalias = NULL;

  write_attribute (self, address, "class", class);
  write_attribute (self, address, "vendor", vendor);
  write_attribute (self, address, "device", device);
  modalias = g_strdup_printf ("pci:v0000%.4Xd0000%.4Xsv00000000sd00000000bc%.2ssc%.2si%.2s",
                              (guint) g_ascii_strtoull (vendor, NULL, 16),
                              (guint) g_ascii_strtoull (device, NULL, 16), class + 2, class + 4,
                              class + 6);
  write_attribute (self, address, "modalias", modalias);
  if (group >= 0)
    fake_root_link (self, link, target);
}

/* %NULL takes the driver, and with it all nodes, away. */
void
fake_root_bind (FakeRoot *self, const char *address, const char *driver)
{
  static const char *const subsystems[] = { "drm", "sound", "graphics", "virtio1" };
  g_autofree char *link = function_file (address, "driver");
  g_autofree char *folder = NULL;
  g_autofree char *module = NULL;
  g_autofree char *target = NULL;

  fake_root_remove (self, link);
  for (gsize i = 0; i < G_N_ELEMENTS (subsystems); i++)
    {
      g_autofree char *nodes = function_file (address, subsystems[i]);

      fake_root_remove (self, nodes);
    }
  if (driver == NULL)
    return;
  folder = g_build_filename ("sys/bus/pci/drivers", driver, NULL);
  make_dir (self, folder);
  module = g_build_filename (folder, "module", NULL);
  target = g_strdup_printf ("../../../../module/%s", driver);
  fake_root_link (self, module, target);
  g_free (target);
  target = g_strdup_printf ("../../drivers/%s", driver);
  fake_root_link (self, link, target);
}

void
fake_root_add_node (FakeRoot *self, const char *address, const char *where, const char *subsystem,
                    const char *name, dev_t device)
{
  g_autofree char *base = function_file (address, where);
  g_autofree char *subsystem_link = g_build_filename (base, "subsystem", NULL);
  g_autofree char *target = g_strdup_printf ("/sys/class/%s", subsystem);
  g_autofree char *number_file = g_build_filename (base, "dev", NULL);
  g_autofree char *number = g_strdup_printf ("%u:%u\n", major (device), minor (device));
  g_autofree char *uevent_file = g_build_filename (base, "uevent", NULL);
  g_autofree char *uevent
      = g_strdup_printf ("MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n", major (device), minor (device), name);
  g_autofree char *node = g_build_filename ("dev", name, NULL);

  fake_root_link (self, subsystem_link, target);
  fake_root_write (self, number_file, number);
  fake_root_write (self, uevent_file, uevent);
  fake_root_write (self, node, "");
}

void
fake_root_set_module (FakeRoot *self, const char *module, int use_count)
{
  g_autofree char *file = g_build_filename ("sys/module", module, "refcnt", NULL);
  g_autofree char *holders = g_build_filename ("sys/module", module, "holders", NULL);
  g_autofree char *text = g_strdup_printf ("%d\n", use_count);

  fake_root_write (self, file, text);
  make_dir (self, holders);
}

void
fake_root_add_process (FakeRoot *self, int pid, const char *command)
{
  g_autofree char *base = g_strdup_printf ("proc/%d", pid);
  g_autofree char *comm = g_build_filename (base, "comm", NULL);
  g_autofree char *comm_text = g_strconcat (command, "\n", NULL);
  g_autofree char *stat_file = g_build_filename (base, "stat", NULL);
  g_autofree char *stat_text = g_strdup_printf ("%d (%s) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 "
                                                "1 0 %d 0 0\n",
                                                pid, command, 1000 + pid);
  g_autofree char *fd = g_build_filename (base, "fd", NULL);
  g_autofree char *maps = g_build_filename (base, "maps", NULL);

  fake_root_write (self, comm, comm_text);
  fake_root_write (self, stat_file, stat_text);
  fake_root_write (self, maps, "");
  make_dir (self, fd);
}

void
fake_root_add_descriptor (FakeRoot *self, int pid, int fd, const char *target)
{
  g_autofree char *link = g_strdup_printf ("proc/%d/fd/%d", pid, fd);

  fake_root_link (self, link, target);
}
