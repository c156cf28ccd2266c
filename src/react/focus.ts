/** Where the focus goes when what had it is gone: to the element given, unless a person has taken it elsewhere meanwhile. */

export function takeFocus(to: HTMLElement | null, from: Element | null): void {
  // The body has it when the element that had it is gone.
  if (document.activeElement === document.body || from?.matches(':focus-within')) to?.focus()
}
