/** The page for whoever reads it in another way: in large text, by a phone's keyboard or a password manager, without JavaScript. */

import { expect, signIn, test } from './support/world.ts'

test.describe('a phone, and text twice as large', () => {
  const width = 375
  test.use({ viewport: { width, height: 667 }, bypassCSP: true })

  test('nothing sticks out, and no word is broken for the want of room', async ({
    page,
    person,
  }) => {
    await signIn(page, person)
    await page.addStyleTag({ content: ':root { font-size: 200% !important }' })
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
    ).toBeLessThanOrEqual(0)
    const name = page.locator('.curfew-session strong')
    await expect(name).toHaveText('Chrome on Linux')
    const lines = await name.evaluate(({ firstChild }) => {
      const text = firstChild?.textContent ?? ''
      return text.split(' ').map((word) => {
        const range = document.createRange()
        range.setStart(firstChild as Node, text.indexOf(word))
        range.setEnd(firstChild as Node, text.indexOf(word) + word.length)
        return range.getClientRects().length
      })
    })
    expect(lines).toEqual([1, 1, 1])
    await page.getByRole('button', { name: 'Log out…' }).click()
    const menu = await page.locator('.top .curfew-menu').boundingBox()
    expect(menu?.x).toBeGreaterThanOrEqual(0)
    expect((menu?.x ?? 0) + (menu?.width ?? 0)).toBeLessThanOrEqual(width)
  })
})

test('nothing moves for whoever has asked for that', async ({ page, person }) => {
  await signIn(page, person)
  await page.getByRole('button', { name: 'Log out', exact: true }).first().click()
  const moving = [page.locator('.card').first(), page.getByRole('alertdialog')]
  for (const [reducedMotion, name] of [
    ['reduce', 'none'],
    ['no-preference', 'arrive'],
  ] as const) {
    await page.emulateMedia({ reducedMotion })
    for (const piece of moving) await expect(piece).toHaveCSS('animation-name', name)
  }
})

test('a password that is shown is not begun with a capital by a phone', async ({ page }) => {
  await page.goto('/')
  await page.getByRole('button', { name: 'Show password' }).click()
  const field = page.getByLabel('Password', { exact: true })
  await expect(field).toHaveAttribute('type', 'text')
  await expect(field).toHaveAttribute('autocapitalize', 'none')
  await expect(field).toHaveAttribute('autocorrect', 'off')
})

test('a password manager is told whose password a form has', async ({ page, person }) => {
  await signIn(page, person)
  const names = page.locator('form input[autocomplete=username]')
  await expect(names).toHaveCount(2)
  for (const name of await names.all()) {
    // Browsers look at no field of type `hidden`.
    await expect(name).toHaveAttribute('type', 'text')
    await expect(name).toHaveValue(person.email)
    await expect(name).toBeHidden()
  }
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false, viewport: { width: 320, height: 568 } })

  test('the page says at once that it needs it', async ({ page }) => {
    await page.goto('/')
    await expect(page.locator('noscript')).toBeInViewport({ ratio: 1 })
  })
})
