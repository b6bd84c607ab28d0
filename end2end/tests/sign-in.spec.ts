// Signing in: the door of everything else, with and without JavaScript.
import { expectAccessible } from '../support/accessibility.ts';
import { expectServerHtmlKept, hydrated } from '../support/hydration.ts';
import { fillSignIn, signIn } from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test('a person signs in and sees the sales documents', async ({ page, demo }) => {
  await signIn(page, demo);
  expect(page.url()).not.toContain(encodeURIComponent(demo.password));
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Sales documents' })).toBeVisible();
});

test('the sign-in page stays as the server sent it, and is accessible', async ({ page, demo }) => {
  await expectServerHtmlKept(page, await page.goto(`${demo.url}/`));
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expectAccessible(page);
});

test('the sales documents stay as the server sent them', async ({ page, demo }) => {
  await signIn(page, demo);
  await expectServerHtmlKept(page, await page.goto(page.url()));
});

test('a wrong password is refused in place, keeping the e-mail', async ({ page, demo, pageConsole }) => {
  // The browser itself reports a refused request.
  pageConsole.expect(/Failed to load resource: .* status of 4\d\d/);
  await page.goto(`${demo.url}/`);
  await hydrated(page);
  await fillSignIn(page, demo.email, 'not the password');
  await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toBeVisible();
  await expect(page.getByLabel('E-mail')).toHaveValue(demo.email);
  expect(page.url()).not.toContain('password');
});

test('a page asked for without being signed in leads to the sign-in', async ({ page, demo }) => {
  await page.goto(`${demo.url}/settings/metakocka`);
  await expect(page.getByLabel('Password')).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a person signs in and sees the sales documents', async ({ page, demo }) => {
    await signIn(page, demo);
  });

  test('a wrong password is refused in place, keeping the e-mail', async ({ page, demo, pageConsole }) => {
    pageConsole.expect(/Failed to load resource: .* status of 4\d\d/);
    await page.goto(`${demo.url}/`);
    await fillSignIn(page, demo.email, 'not the password');
    await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toBeVisible();
    await expect(page.getByLabel('E-mail')).toHaveValue(demo.email);
    await expect(page.getByLabel('Password')).toHaveValue('');
    expect(page.url()).not.toContain('__err');
  });
});
