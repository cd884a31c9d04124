/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host-tree.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      dir = g_dir_open (path, 0, NULL);
      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          remove_tree (child);
        }
      g_rmdir (path);
    }
  else
    g_unlink (path);
}

static char *
make_place (HostTree *self, const char *path)
{
  g_autofree char *full = g_strconcat (self->root, path, NULL);
  g_autofree char *dir = g_path_get_dirname (full);

  g_assert_cmpint (path[0], ==, '/');
  g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
  return g_steal_pointer (&full);
}

static void
put_file (HostTree *self, const char *path, const char *text)
{
  g_autofree char *full = make_place (self, path);
  g_autofree char *content = g_strcompress (text);

  g_assert_true (g_file_set_contents (full, content, -1, NULL));
}

static void
put_number (HostTree *self, const char *format, const char *name, const char *text)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", format, name);

  put_file (self, path, text);
}

static void
put_link (HostTree *self, const char *path, const char *target)
{
  g_autofree char *full = make_place (self, path);

  g_unlink (full);
  g_assert_cmpint (symlink (target, full), ==, 0);
}

/* The value of `name=value` among @words, or NULL. */
static const char *
get_option (char **words, const char *name)
{
  gsize length = strlen (name);

  for (; *words != NULL; words++)
    {
      if (strncmp (*words, name, length) == 0 && (*words)[length] == '=')
        return *words + length + 1;
    }
  return NULL;
}

/* pci ADDRESS CLASS VENDOR:DEVICE [driver=] [group=] [boot_vga=] [node=] [reset] */
static void
add_pci (HostTree *self, char **words)
{
  g_autofree char *dir = g_strconcat ("/sys/bus/pci/devices/", words[1], NULL);
  g_autofree char *class = g_strconcat ("0x", words[2], NULL);
  g_auto (GStrv) ids = g_strsplit (words[3], ":", 2);
  g_autofree char *vendor = g_strconcat ("0x", ids[0], NULL);
  g_autofree char *device = g_strconcat ("0x", ids[1], NULL);
  const char *driver = get_option (words, "driver");
  const char *group = get_option (words, "group");

  put_number (self, dir, "class", class);
  put_number (self, dir, "vendor", vendor);
  put_number (self, dir, "device", device);
  put_number (self, dir, "numa_node",
              get_option (words, "node") != NULL ? get_option (words, "node") : "-1");
  if (get_option (words, "boot_vga") != NULL)
    put_number (self, dir, "boot_vga", get_option (words, "boot_vga"));
  if (g_strv_contains ((const char *const *) words, "reset"))
    put_number (self, dir, "reset", "");
  if (driver != NULL)
    {
      g_autofree char *path = g_strconcat (dir, "/driver", NULL);
      g_autofree char *target = g_strconcat ("../../../bus/pci/drivers/", driver, NULL);

      put_link (self, path, target);
    }
  if (group != NULL)
    {
      g_autofree char *path = g_strconcat (dir, "/iommu_group", NULL);
      g_autofree char *target = g_strconcat ("../../../kernel/iommu_groups/", group, NULL);
      g_autofree char *member
          = g_strdup_printf ("/sys/kernel/iommu_groups/%s/devices/%s", group, words[1]);

      put_link (self, path, target);
      put_link (self, member, dir);
    }
}

/* core 0,4 */
static void
add_core (HostTree *self, char **words)
{
  HoCpuSet threads;

  g_assert_true (ho_cpu_set_parse (&threads, words[1]));
  for (guint cpu = 0; cpu < HO_CPU_SET_MAX; cpu++)
    {
      g_autofree char *path
          = g_strdup_printf ("/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu);

      if (ho_cpu_set_has (&threads, cpu))
        put_file (self, path, words[1]);
    }
  g_string_append_printf (self->online, "%s%s", self->online->len > 0 ? "," : "", words[1]);
}

/* usb PORT VENDOR:PRODUCT [control=] [serial=] */
static void
add_usb (HostTree *self, char **words)
{
  g_autofree char *dir = g_strconcat ("/sys/bus/usb/devices/", words[1], NULL);
  g_auto (GStrv) ids = g_strsplit (words[2], ":", 2);
  const char *control = get_option (words, "control");

  put_number (self, dir, "idVendor", ids[0]);
  put_number (self, dir, "idProduct", ids[1]);
  put_number (self, dir, "power/control", control != NULL ? control : "on");
  if (get_option (words, "serial") != NULL)
    put_number (self, dir, "serial", get_option (words, "serial"));
}

/* module NAME [PARAMETER=VALUE]… */
static void
add_module (HostTree *self, char **words)
{
  g_autofree char *dir = g_strconcat ("/sys/module/", words[1], NULL);

  put_number (self, dir, "initstate", "live");
  for (char **word = words + 2; *word != NULL; word++)
    {
      g_auto (GStrv) pair = g_strsplit (*word, "=", 2);
      g_autofree char *parameters = g_strconcat (dir, "/parameters", NULL);

      put_number (self, parameters, pair[0], pair[1]);
    }
}

/* process PID COMMAND [ARGUMENT]… */
static void
add_process (HostTree *self, char **words)
{
  g_autofree char *dir = g_strconcat ("/proc/", words[1], NULL);
  g_autofree char *path = g_strconcat (dir, "/cmdline", NULL);
  g_autofree char *full = NULL;
  g_autoptr (GString) line = g_string_new (NULL);

  put_number (self, dir, "comm", words[2]);
  for (char **word = words + 2; *word != NULL; word++)
    g_string_append_len (line, *word, (gssize) strlen (*word) + 1);
  full = make_place (self, path);
  g_assert_true (g_file_set_contents (full, line->str, (gssize) line->len, NULL));
}

/* thread PID TID POLICY NAME: only field 41 of stat is read */
static void
add_thread (HostTree *self, char **words)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/task/%s/stat", words[1], words[2]);
  g_autofree char *name = g_strjoinv (" ", words + 4);
  g_autoptr (GString) stat = g_string_new (NULL);

  g_string_append_printf (stat, "%s (%s) S", words[2], name);
  for (int field = 4; field <= 52; field++)
    g_string_append_printf (stat, " %s", field == 41 ? words[3] : "0");
  put_file (self, path, stat->str);
}

static guint64
parse_version (const char *text)
{
  guint major = 0, minor = 0, micro = 0;

  g_assert_cmpint (sscanf (text, "%u.%u.%u", &major, &minor, &micro), >=, 1);
  return major * G_GUINT64_CONSTANT (1000000) + minor * G_GUINT64_CONSTANT (1000) + micro;
}

static HoConnectionState
parse_connection (const char *text)
{
  for (int state = HO_CONNECTION_CONNECTING; state <= HO_CONNECTION_UNREACHABLE; state++)
    {
      if (g_str_equal (ho_connection_state_to_string (state), text))
        return state;
    }
  g_error ("no connection state: %s", text);
}

static void
set_string (char **place, const char *value)
{
  g_free (*place);
  *place = g_strdup (value);
}

static void
set_list (GStrv *place, const char *value)
{
  g_strfreev (*place);
  *place = g_strsplit (value, " ", -1);
}

/* fact NAME VALUE: what the session, libvirt and the settings tell */
static void
set_fact (HostTree *self, const char *name, const char *value)
{
  HoDoctorContext *context = self->context;

  if (g_str_equal (name, "uid"))
    context->uid = (guint) g_ascii_strtoull (value, NULL, 10);
  else if (g_str_equal (name, "user"))
    set_string (&context->user, value);
  else if (g_str_equal (name, "groups"))
    set_list (&context->groups, value);
  else if (g_str_equal (name, "uri"))
    set_string (&context->uri, value);
  else if (g_str_equal (name, "local"))
    context->local = g_str_equal (value, "yes");
  else if (g_str_equal (name, "connection"))
    context->connection = parse_connection (value);
  else if (g_str_equal (name, "problem"))
    set_string (&context->problem, value);
  else if (g_str_equal (name, "type"))
    set_string (&self->type, value);
  else if (g_str_equal (name, "libvirt"))
    self->libvirt_version = parse_version (value);
  else if (g_str_equal (name, "qemu"))
    self->qemu_version = parse_version (value);
  else if (g_str_equal (name, "security"))
    set_list (&self->security, value);
  else if (g_str_equal (name, "addresses"))
    set_list (&self->addresses, value);
  else if (g_str_equal (name, "input-devices"))
    set_list (&context->input_devices, value);
  else if (g_str_equal (name, "return-by-ssh"))
    context->return_by_ssh = g_str_equal (value, "yes");
  else if (g_str_equal (name, "journal"))
    set_string (&context->journal, *value != '\0' ? value : NULL);
  else
    g_error ("no such fact: %s", name);
}

/**
 * host_tree_add_line:
 *
 * Takes one line of a description.
 */
void
host_tree_add_line (HostTree *self, const char *line)
{
  g_auto (GStrv) words = NULL;
  g_autofree char *stripped = g_strstrip (g_strdup (line));
  char *rest;

  if (*stripped == '\0' || *stripped == '#')
    return;
  words = g_strsplit (stripped, " ", -1);
  /* What stands behind the second word, blanks and all. */
  rest = strchr (stripped, ' ');
  rest = rest != NULL ? strchr (rest + 1, ' ') : NULL;
  rest = rest != NULL ? rest + 1 : stripped + strlen (stripped);
  if (g_str_equal (words[0], "file"))
    put_file (self, words[1], rest);
  else if (g_str_equal (words[0], "link"))
    put_link (self, words[1], rest);
  else if (g_str_equal (words[0], "dir"))
    {
      g_autofree char *full = make_place (self, words[1]);

      g_mkdir (full, 0700);
    }
  else if (g_str_equal (words[0], "remove"))
    {
      g_autofree char *full = g_strconcat (self->root, words[1], NULL);

      remove_tree (full);
    }
  else if (g_str_equal (words[0], "pci"))
    add_pci (self, words);
  else if (g_str_equal (words[0], "core"))
    add_core (self, words);
  else if (g_str_equal (words[0], "usb"))
    add_usb (self, words);
  else if (g_str_equal (words[0], "module"))
    add_module (self, words);
  else if (g_str_equal (words[0], "process"))
    add_process (self, words);
  else if (g_str_equal (words[0], "thread"))
    add_thread (self, words);
  else if (g_str_equal (words[0], "fact"))
    set_fact (self, words[1], rest);
  else if (g_str_equal (words[0], "include"))
    host_tree_include (self, words[1]);
  else
    g_error ("what is this: %s", line);
}

/**
 * host_tree_include:
 *
 * Takes the description of a host in the library.
 */
void
host_tree_include (HostTree *self, const char *host)
{
  g_autofree char *name = g_strconcat (host, ".host", NULL);
  g_autofree char *path = g_build_filename (self->data, "hosts", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    host_tree_add_line (self, *line);
}

HostTree *
host_tree_new (const char *data)
{
  HostTree *self = g_new0 (HostTree, 1);

  self->root = g_dir_make_tmp ("handover-host-XXXXXX", NULL);
  g_assert_nonnull (self->root);
  self->data = g_strdup (data);
  self->context = ho_doctor_context_new ();
  self->context->sound_socket = g_strdup ("/run/handover/1000/pulse.sock");
  self->online = g_string_new (NULL);
  self->addresses = g_new0 (char *, 1);
  return self;
}

/**
 * host_tree_finish:
 *
 * Returns: (transfer none): the context, with all that does not belong to a guest
 */
HoDoctorContext *
host_tree_finish (HostTree *self)
{
  g_autofree char *online = g_strconcat (self->root, "/sys/devices/system/cpu/online", NULL);

  if (self->online->len > 0 && !g_file_test (online, G_FILE_TEST_EXISTS))
    put_file (self, "/sys/devices/system/cpu/online", self->online->str);
  if (self->type != NULL)
    self->context->virt = ho_virt_host_new (self->type, self->libvirt_version, self->qemu_version,
                                            (const char *const *) self->security,
                                            (const char *const *) self->addresses);
  self->context->host = ho_host_new (self->root);
  return self->context;
}

void
host_tree_free (HostTree *self)
{
  remove_tree (self->root);
  g_clear_pointer (&self->context, ho_doctor_context_free);
  g_string_free (self->online, TRUE);
  g_strfreev (self->security);
  g_strfreev (self->addresses);
  g_free (self->type);
  g_free (self->root);
  g_free (self->data);
  g_free (self);
}
