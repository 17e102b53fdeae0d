import { watchEffect } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute } from 'vue-router'
import { useOverview } from './stores/overview'

/** (3) Alerts · riskgw: the open alerts can be seen from another tab. */
export function useTitle(): void {
  const { t, te } = useI18n()
  const route = useRoute()
  const overview = useOverview()
  watchEffect(() => {
    const key = `page.${String(route.name)}`
    const page = te(key, 'en') ? `${t(key)} · ` : ''
    const open = overview.openTotal > 0 ? `(${overview.openTotal}) ` : ''
    document.title = `${open}${page}riskgw`
  })
}
