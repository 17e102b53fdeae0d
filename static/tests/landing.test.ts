import { expect, test } from 'vitest'
import { router } from '@/router'
import { useSession } from '@/stores/session'

async function logIn(permissions: string[]): Promise<void> {
  document.body.innerHTML = `<script type="application/json" id="session">${JSON.stringify({
    user: 'someone', roles: [], permissions, language: 'en', environment: 'simulated', is_staff: false,
  })}</script>`
  await useSession().load()
}

test.each([
  [['monitoring.view_alert', 'ledger.view_ledgeraccount'], 'overview'],
  [['ledger.view_ledgeraccount'], 'ledger'],
  [[], 'overview'],
])('who may %s begins on %s', async (permissions, page) => {
  await logIn(permissions)
  await router.push('/app/rules')
  await router.push('/app/')
  expect(router.currentRoute.value.name).toBe(page)
})
