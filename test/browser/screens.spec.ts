/** Every screen, in light and dark, on a phone and on a desk: looked at by axe here, and by people afterwards. */

import type { Page } from '@playwright/test'
import { fromRoot } from '../../src/dev/root.ts'
import {
  chooseIdle,
  expect,
  expectNoViolations,
  fillIn,
  newPerson,
  signedOut,
  signIn,
  test,
} from './support/world.ts'

const sizes = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } }

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme, contextOptions: { reducedMotion: 'reduce' } })

      test('nobody signed in', async ({ page }) => {
        const look = lookerAt(page, `${size}-${colorScheme}`)
        await page.goto('/')
        await expect(signedOut(page)).toBeVisible()
        await look('sign-in')
        await fillIn(page, newPerson())
        await page.getByText('For developers').click()
        await page.getByRole('button', { name: 'Sign in', exact: true }).click()
        await expect(page.getByRole('alert')).not.toBeEmpty()
        await look('sign-in-refused')
        await page.getByRole('button', { name: 'Create one' }).click()
        await look('sign-up')
      })

      test('somebody signed in', async ({ page, person, context }) => {
        const look = lookerAt(page, `${size}-${colorScheme}`)
        await page.clock.install()
        await signIn(page, person)
        await expect(page.getByText('1 of', { exact: false })).toHaveCount(0)
        await expect(page.getByText('Refused: 0 of 1.')).toBeVisible()
        await look('account')

        await page.getByRole('button', { name: 'Log out…' }).click()
        await expect(page.locator('.top .curfew-menu')).toBeInViewport({ ratio: 1 })
        await look('menu', false)
        await page.keyboard.press('Escape')

        await page.getByRole('button', { name: 'Log out', exact: true }).last().click()
        await expect(page.getByRole('alertdialog')).toBeVisible()
        await look('dialog', false)
        await page.keyboard.press('Escape')

        await page
          .getByLabel('Your password, to sign in a test device', { exact: true })
          .fill(person.password)
        await page.getByRole('button', { name: 'Open a test device' }).click()
        await expect(page.getByText('Refused: 0 of 3.')).toBeVisible()
        await page.getByRole('button', { name: 'Log out others' }).click()
        await expect(page.getByText('Refused: 2 of 3.')).toBeVisible()
        await look('others-ended')

        await chooseIdle(page, '15')
        await page.clock.fastForward('14:30')
        await expect(page.getByRole('alertdialog', { name: 'Still there?' })).toBeVisible()
        await look('idle-warning', false)
        await page.getByRole('button', { name: 'Stay signed in' }).click()

        await context.setOffline(true)
        await page.getByRole('button', { name: 'Log out everywhere' }).click()
        await expect(page.getByText('Signed out here, not yet confirmed there.')).toBeVisible()
        await look('unconfirmed')
        // Tokens that were refused before stay so, though nobody answers now.
        await expect(page.getByText('Refused: 2 of 3.')).toBeVisible()
        await context.setOffline(false)
        await expect(signedOut(page)).toBeVisible()
        await expect(page.getByText('Refused: 3 of 3.')).toBeVisible()
        await look('signed-out')
      })
    })
  }
}

/** Checks a screen with axe and for anything wider than it, and puts its picture into `.wrangler/browser/screens`. */
function lookerAt(page: Page, where: string) {
  return async (name: string, fullPage = true) => {
    await expectNoViolations(page)
    const overflow = () => document.documentElement.scrollWidth - innerWidth
    expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0)
    await page.screenshot({
      path: fromRoot(`.wrangler/browser/screens/${name}-${where}.png`),
      fullPage,
    })
  }
}
