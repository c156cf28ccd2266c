/** The README's picture of the account screen, taken on demand only: `README_PICTURE=yes npm run test:browser -- picture`. */

import { fromRoot } from '../../src/dev/root.ts'
import { expect, signedIn, signIn, test } from './support/world.ts'

const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1'

test.use({ viewport: { width: 1000, height: 560 } })

if (process.env.README_PICTURE)
  test('the account screen, with two devices', async ({ page, request }) => {
    const ada = { email: 'ada@example.com', password: 'correct horse battery' }
    await request.post('/signup', { data: ada, headers: { 'user-agent': PHONE } })
    await signIn(page, ada)
    await expect(signedIn(page)).toBeVisible()
    await expect(page.getByText('Safari on iOS').first()).toBeVisible()
    await expect(page.getByText('Refused: 0 of 1.')).toBeVisible()
    await page.screenshot({ path: fromRoot('test/browser/account.png') })
  })
