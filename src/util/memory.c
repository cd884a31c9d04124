/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-util"
#define _GNU_SOURCE /* dl_iterate_phdr */

#include "memory.h"

#include <link.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whether a debugger watches: its breakpoints are written into the program's text. */
static gboolean
is_traced (void)
{
  g_autofree char *status = NULL;
  const char *tracer;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return TRUE;
  tracer = strstr (status, "\nTracerPid:");
  return tracer == NULL || g_ascii_strtoull (tracer + strlen ("\nTracerPid:"), NULL, 10) != 0;
}

/* Whether the linker wrote addresses into the text, which would then differ from the file. */
static gboolean
has_text_relocations (const struct dl_phdr_info *object)
{
  for (guint i = 0; i < object->dlpi_phnum; i++)
    {
      const ElfW (Dyn) * entry;

      if (object->dlpi_phdr[i].p_type != PT_DYNAMIC)
        continue;
      entry = (const ElfW (Dyn) *) (object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
      for (; entry->d_tag != DT_NULL; entry++)
        {
          if (entry->d_tag == DT_TEXTREL
              || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0))
            return TRUE;
        }
    }
  return FALSE;
}

static int
drop_text (struct dl_phdr_info *object, size_t size, void *data)
{
  uintptr_t page = (uintptr_t) sysconf (_SC_PAGESIZE);

  if (has_text_relocations (object))
    return 0;
  for (guint i = 0; i < object->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &object->dlpi_phdr[i];
      uintptr_t start = (object->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
      uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(page - 1);

      /* What may be written, or was while it was linked, is not the file's any more. */
      if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) == 0 && end > start)
        madvise ((void *) start, end - start, MADV_DONTNEED);
    }
  return 0;
}

/**
 * ho_memory_give_back:
 *
 * Gives memory back to the system that was needed to start, or to show a window, and is not needed
 * to wait: what malloc() keeps, and the pages of program text. Text is read from the file again
 * where it is run again; most of what libvirt and the libraries below it run once never is.
 */
void
ho_memory_give_back (void)
{
  malloc_trim (0);
  if (!is_traced ())
    dl_iterate_phdr (drop_text, NULL);
}
