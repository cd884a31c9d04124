/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A guest of 512 bytes. Built with OBEYS it turns itself off when the ACPI power button is pressed, otherwise it
 * only waits: the guest that a shutdown request does not reach. Writes "ready" to the first serial port when it has
 * come that far: a button pressed while the firmware runs is lost.
 *
 * Fixed hardware of QEMU's pc and q35 machines under SeaBIOS: power management block at I/O port 0x600 (event
 * status, event enable, control: ACPI specification 4.8.3), bit 8 is the power button; sleep type 0 means off.
 */
        .code16
        .globl _start
_start:
#ifdef OBEYS
        movw    $0x602, %dx             /* enable the power button */
        inw     %dx, %ax
        orw     $0x100, %ax
        outw    %ax, %dx
#endif
        xorw    %ax, %ax
        movw    %ax, %ds
        cld
        movw    $text, %si
        movw    $0x3f8, %dx
say:
        lodsb
        testb   %al, %al
        jz      wait
        outb    %al, %dx
        jmp     say
wait:
        sti
        hlt                             /* woken 18 times a second by the BIOS timer: costs the host nothing */
#ifdef OBEYS
        movw    $0x600, %dx
        inw     %dx, %ax
        testw   $0x100, %ax
        jz      wait
        movw    $0x604, %dx
        movw    $0x2000, %ax
        outw    %ax, %dx
#endif
        jmp     wait

text:
        .asciz  "ready\n"

        .org    510
        .word   0xaa55
