/** The kit's stylesheet, which is the same for every React. */

import { enterKit } from './support/kit-files.ts'
import { expect, test } from './support/world.ts'

test.beforeEach(async ({ page, person }) => {
  await enterKit(page, person)
  await expect(page.locator('.curfew-session')).toHaveCount(1)
})

test('every colour is one that the page can set', async ({ page }) => {
  const names = 'accent on-accent danger on-danger text muted surface line'.split(' ')
  const rgb = (name: string) => `rgb(${names.indexOf(name)}, 0, 0)`
  const set = names.map((name) => `--curfew-${name}: ${rgb(name)};`)
  await page.addStyleTag({ content: `:root { ${set.join(' ')} --curfew-radius: 7px }` })
  const dialog = page.locator('.curfew-dialog').first()
  const plain = page.getByRole('button', { name: 'Plain' })
  for (const [piece, property, name] of [
    [page.locator('.curfew-main').first(), 'background-color', 'accent'],
    [page.locator('.curfew-main').first(), 'color', 'on-accent'],
    [page.locator('.curfew-danger').first(), 'background-color', 'danger'],
    [page.locator('.curfew-danger').first(), 'color', 'on-danger'],
    [plain, 'color', 'text'],
    [plain, 'background-color', 'surface'],
    [plain, 'border-top-color', 'line'],
    [dialog, 'background-color', 'surface'],
    [dialog, 'color', 'text'],
    [dialog.locator('.curfew-text'), 'color', 'muted'],
    [page.locator('.curfew-session small'), 'color', 'muted'],
    [page.locator('.curfew-session'), 'border-bottom-color', 'line'],
  ] as const)
    await expect(piece).toHaveCSS(property, rgb(name))
  await expect(plain).toHaveCSS('border-top-left-radius', '7px')
  await page.getByRole('button', { name: 'useLogout' }).focus()
  await page.keyboard.press('Shift+Tab')
  await expect(page.locator('.curfew-button:focus-visible')).toHaveCSS(
    'outline-color',
    rgb('accent'),
  )
})

test('a rule of the page wins, and a dark page has dark pieces', async ({ page }) => {
  const plain = page.getByRole('button', { name: 'Plain' })
  const dialog = page.locator('.curfew-dialog').first()
  await page.addStyleTag({
    content: ':root { color-scheme: light dark } button { padding: 3px } dialog { padding: 5px }',
  })
  await expect(plain).toHaveCSS('padding-left', '3px')
  await expect(dialog).toHaveCSS('padding-left', '5px')
  const colours = () =>
    plain.evaluate((it) => {
      const { color, backgroundColor } = getComputedStyle(it)
      return [color, backgroundColor]
    })
  await page.emulateMedia({ colorScheme: 'light' })
  expect(await colours()).toEqual(['rgb(29, 33, 41)', 'rgb(255, 255, 255)'])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await colours()).toEqual(['rgb(232, 234, 240)', 'rgb(27, 31, 40)'])
})
