/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A guest of one boot sector that plays a sine tone of 24000 / HALF_WAVE Hz, 48000 frames a second,
 * stereo, through an Intel HDA controller (QEMU's intel-hda or ich9-intel-hda with hda-output,
 * hda-duplex or hda-micro) for as long as it runs. It writes 'R' to the first serial port when it
 * plays, 'X' if there is no such controller. Registers and verbs are those of Intel's High Definition
 * Audio Specification 1.0a, chapters 3 and 7; where the codec's nodes are is QEMU's hda-codec.c.
 *
 * guestimage.tone () assembles it.
 */
	.set	BUFFER, 0x100000	/* samples */
	.set	LIST, 0x90000		/* buffer descriptor list */
	.set	FRAMES, 4800		/* full waves for each multiple of 10 Hz */
	.set	BYTES, FRAMES * 4

	.set	GCTL, 0x08
	.set	ICW, 0x60
	.set	ICS, 0x68
	.set	SD, 0x100		/* first output stream, after four for input */
	.set	SD_CTL, SD + 0x00
	.set	SD_CBL, SD + 0x08
	.set	SD_LVI, SD + 0x0c
	.set	SD_FMT, SD + 0x12
	.set	SD_BDPL, SD + 0x18
	.set	SD_BDPU, SD + 0x1c
	.set	FORMAT, 0x0011		/* 48 kHz, 16 bits, two channels */

	.code16
	.globl	_start
_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	gdt_pointer
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$8, $protected

	.code32
protected:
	movw	$16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$0x80000, %esp

	/* The controller: the first function on bus 0 whose class is 0403. */
	movl	$0x80000008, %ebx
find:	movl	%ebx, %eax
	call	pci_read
	shrl	$16, %eax
	cmpw	$0x0403, %ax
	je	found
	addl	$0x100, %ebx
	cmpl	$0x80010008, %ebx
	jne	find
	movb	$'X', %al
	jmp	say
found:	movb	$0x04, %bl		/* memory and bus mastering on */
	movl	%ebx, %eax
	call	pci_read
	orl	$6, %eax
	outl	%eax, %dx
	movb	$0x10, %bl		/* its registers */
	movl	%ebx, %eax
	call	pci_read
	andl	$0xfffffff0, %eax
	movl	%eax, %ebp

	/* sin (pi n / HALF_WAVE) * 12000 in both channels. */
	movl	$BUFFER, %edi
	xorl	%ecx, %ecx
	fninit
wave:	movl	%ecx, (%esp)
	fildl	(%esp)
	fldpi
	fmulp
	fidivs	half_wave
	fsin
	fimuls	amplitude
	fistpl	(%esp)
	movl	(%esp), %eax
	stosw
	stosw
	incl	%ecx
	cmpl	$FRAMES, %ecx
	jne	wave

	/* Two descriptors, the least there may be, both of the same samples. */
	movl	$LIST, %edi
	movb	$2, %cl
list:	movl	$BUFFER, %eax
	stosl
	xorl	%eax, %eax
	stosl
	movl	$BYTES, %eax
	stosl
	xorl	%eax, %eax
	stosl
	decb	%cl
	jnz	list

	movl	$1, GCTL(%ebp)		/* out of reset */
reset:	testb	$1, GCTL(%ebp)
	jz	reset

	movl	$verbs, %esi
	movl	$(verbs_end - verbs) / 4, %ecx
verb:	lodsl
	movl	%eax, ICW(%ebp)
	movw	$1, ICS(%ebp)
busy:	testb	$1, ICS(%ebp)
	jnz	busy
	loop	verb

	movl	$2 * BYTES, SD_CBL(%ebp)
	movw	$1, SD_LVI(%ebp)
	movw	$FORMAT, SD_FMT(%ebp)
	movl	$LIST, SD_BDPL(%ebp)
	movl	$0, SD_BDPU(%ebp)
	movl	$0x100002, SD_CTL(%ebp)	/* stream 1, run */
	movb	$'R', %al

say:	movw	$0x3f8, %dx
	outb	%al, %dx
halt:	hlt
	jmp	halt

	/* eax: address → eax: value, dx: the data port */
pci_read:
	movw	$0xcf8, %dx
	outl	%eax, %dx
	movb	$0xfc, %dl
	inl	%dx, %eax
	ret

	.balign	4
verbs:	.long	0x00170500		/* function group 1: power on */
	.long	0x00220000 | FORMAT	/* node 2, the converter: format */
	.long	0x00270610		/* stream 1, first channel 0 */
	.long	0x0023b04a		/* amplifier open, both sides */
	.long	0x00370740		/* node 3, the pin: output on */
verbs_end:
half_wave:
	.word	HALF_WAVE
amplitude:
	.word	12000
	.balign	8
gdt:	.quad	0
	.quad	0x00cf9a000000ffff	/* code */
	.quad	0x00cf92000000ffff	/* data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.org	510
	.word	0xaa55
